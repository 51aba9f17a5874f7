"""The clock of the law: when a period ends, why, and whether the machine's clock may be believed.

    clock               the only reader of the wall clock; Vietnam's day; how a date is said
    working_calendar    which days are worked, and counting them
    legal_deadlines     parameter + ledger + calendar -> due day, due instant, and the reasoning line by line
    deadline_wording    the sentences of that reasoning
    time_guard          whether an instant may fire timers and write history

All but `clock` is pure: the same arguments give the same answer in every time zone and on every machine. A due instant is the exclusive
end of the last day: 24:00 is 00:00 of the next day at +07:00.
"""
