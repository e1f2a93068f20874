"""So that `python -m seminar` is the command `seminar`."""

from seminar.cli import main

main()
