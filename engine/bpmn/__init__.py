"""The only room that speaks SpiffWorkflow. Pure: no database, no clock, no randomness.

    diagram, tables, deadlines ── definitions.parse ──> Definition        vetted once, shared read-only
    Definition + frontier + one input ── runtime ──> Step                 start, complete, lapse, deliver, move, cancel

Variables belong to the case. The frontier holds only the live tokens; the library's task tree is built from it for one step and
thrown away. Whatever BPMN means that the library does not carry out rightly is refused at publication (see `dialect`).
"""
