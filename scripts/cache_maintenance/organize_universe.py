#!/usr/bin/env python3
"""Make the THEME and UNIVERSE groups. The same as `stockgroups organize-universe`."""

from door import open_door

if __name__ == "__main__":
    open_door("organize-universe")
