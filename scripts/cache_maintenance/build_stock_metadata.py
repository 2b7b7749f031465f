#!/usr/bin/env python3
"""Build stock_metadata: each stock with its ETFs, themes and sector. The same as `stockgroups build-metadata`."""

from door import open_door

if __name__ == "__main__":
    open_door("build-metadata")
