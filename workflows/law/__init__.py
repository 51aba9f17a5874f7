"""The law as data: time limits (`legal_parameters`) and the days worked in public offices (`calendar_days`).

The YAML files are the seed and the reference; in a running system the rows of the database, changed by commands that leave a trace,
take their place. Both are read into the same frozen classes.
"""
