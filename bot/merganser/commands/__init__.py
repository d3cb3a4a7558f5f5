"""One module per command: observe (I/O), call the decision (pure), hand the plan to `forge.effects.apply`."""
