"""`merganser doctor`: looks at files and at GitHub, and says what is wrong, where, and how to mend it.

`observe` and `github` read; what follows from that is decided by `configuration`, `workflow_files` and `protection`.
"""
