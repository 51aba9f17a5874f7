"""Measuring by CPU time of this process, in interleaved rounds, as medians: the machine is shared, wall time is not to be trusted."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 9


def cpu_ms(act: Callable[[], int]) -> float:
    """CPU milliseconds per unit of one run; `act` returns how many units it did."""
    begun = time.process_time()
    units = act()
    return (time.process_time() - begun) / max(units, 1) * 1000


def interleaved(acts: dict[str, Callable[[], int]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median CPU milliseconds per unit of each act, the acts taking turns so that noise falls on all of them alike."""
    samples: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            samples[name].append(cpu_ms(act))
    return {name: statistics.median(values) for name, values in samples.items()}
