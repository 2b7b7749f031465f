#!/usr/bin/env python3
"""Check groups, memberships and metadata against each other. The same as `stockgroups validate`."""

from door import open_door

if __name__ == "__main__":
    open_door("validate")
