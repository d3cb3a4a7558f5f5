"""`merganser init`: looks at a repository, decides what Merganser needs there, and writes it.

`observe` reads, everything else but `command` only decides. What is decided are whole files, as values.
"""
