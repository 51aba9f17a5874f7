"""Recorded histories: real trails of every process, kept for ever. Whatever the engine becomes, each must replay to the same hashes.

definitions/<sha256>.json           the definition as it was published then
<process>-<sha256, 8 digits>-NN.jsonl   first line: number, length, head, definition; then the lines of one trail
"""
