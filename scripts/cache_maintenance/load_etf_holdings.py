#!/usr/bin/env python3
"""Load ETF holdings into groups and memberships. The same as `stockgroups load`."""

from door import open_door

if __name__ == "__main__":
    open_door("load")
