"""What each command does: observe (I/O), call the decision (pure), hand the plan to `forge.effects.apply`.

A command is the module of its name, or a folder whose `command` is its door; `slash` is `merganser command`, `sweep`
`merganser report --sweep`. `carry_out` is how the writing ones run, `observing` what several look at.
"""
