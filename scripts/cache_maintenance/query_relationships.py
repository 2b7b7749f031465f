#!/usr/bin/env python3
"""Ask what is in a group, or which groups hold a stock. The same as `stockgroups query`."""

from door import open_door

if __name__ == "__main__":
    open_door("query")
