"""How a case lives, from receipt to archive.

A command decides through the runtime, which is pure, and writes through `apply`, which is the only writer of a case; one transaction is
one actor at one instant, and only the database's door commits. What decides (`bpmn`, `authority`, `time`) stands below the database and
cannot reach it. The trail written with each change is the truth: the state of a case is what replaying its trail gives.
"""
