#!/usr/bin/env python3
"""Make the SECTOR groups of the catalogue. The same as `stockgroups organize-sectors`."""

from door import open_door

if __name__ == "__main__":
    open_door("organize-sectors")
