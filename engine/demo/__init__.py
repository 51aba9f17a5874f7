"""The demonstration: the whole of 2026 on a virtual clock, told by its trails, every one of them verified and replayed.

    matters, requests_of_the_year   who asks what of whom, and how it is meant
    officers, pace                  who works when, and how soon
    desk, *_entries                 what officers enter in each form
    year, superiors, happenings     day by day
    trails, report                  what an auditor reads of it, and what is printed

It changes nothing but through `engine.commands` and knows nothing but through `engine.queries`.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from engine import commands, installation, migrations
from engine.audit import replay, verification
from engine.authority import SYSTEM_ACTOR
from engine.commands import people
from engine.database import Database
from engine.demo import checks, officers, report
from engine.demo.happenings import happenings
from engine.demo.requests_of_the_year import FEWEST, stories
from engine.demo.superiors import Superiors
from engine.demo.trails import YearTrails, read_trails
from engine.demo.year import FIRST, Year
from engine.queries import cases
from engine.settings import read_settings
from engine.time.clock import VirtualClock, start_of_day
