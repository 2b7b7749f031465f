"""`python -m stockgroups` is the command `stockgroups`."""

from stockgroups.cli.main import main

main()
