#!/usr/bin/env python3
"""Make groups of the old store's entries. The same as `stockgroups migrate`."""

from door import open_door

if __name__ == "__main__":
    open_door("migrate")
