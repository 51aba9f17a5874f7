"""What the law says: diagrams, decision tables, time limits, calendars, plans. Data and the loaders that vet it.

    law/                     time limits with citation and period in force; the calendar of days worked
    <process>/               one folder per process: process.bpmn, decision tables, deadlines.yaml

Nothing here knows a database, the web or the engine. A number of days is never written in code: it is data with an article of law,
a first day in force and a mark that says how well it is known.
"""
