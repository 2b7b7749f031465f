#!/usr/bin/env python3
"""Build stock_metadata: each stock's ETFs, themes, sector. Like `stockgroups build-metadata`."""

from door import open_door

if __name__ == "__main__":
    open_door("build-metadata")
