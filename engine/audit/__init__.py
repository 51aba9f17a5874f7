"""The trail: append only, chained by hashes, free of personal values; its verification and its replay.

    event 1 ──hash──▶ event 2 ──hash──▶ event 3        body = canonical JSON, hash = SHA-256(body), body holds the hash before it

What is *not* the source of truth: the tables of work items, deadlines, timers and message waits. They are written in the same
transaction and can be derived again from the trail.
"""
