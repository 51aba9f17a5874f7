"""The only writer of a case. Everything one step changes becomes true in one transaction, or nothing does.

Step ──▶ apply_step ──▶ case_ (version checked) · event (chained) · work items · deadlines · timers · message waits
                   └──▶ messages thrown: start the cases they start, reach those that wait, or go to the outbox
"""

from engine.apply.cases import Case, load_case, load_case_by_number, savepoint
from engine.apply.steps import apply_step, catch_up, record, start_case

__all__ = [
    "Case",
    "apply_step",
    "catch_up",
    "load_case",
    "load_case_by_number",
    "record",
    "savepoint",
    "start_case",
]
