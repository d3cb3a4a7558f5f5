"""`python -m merganser` is the `merganser` command."""

from merganser.cli import main

main()
