"""Symbol directories: what is listed in the United States, under which symbol, by whose word.

Pure, as all sources: from a file's bytes to a directory, with every entry accounted for.
"""

from stockgroups.sources.directories.directory import (
    Directory,
    Entry,
    Listing,
    RejectedEntry,
)
from stockgroups.sources.directories.read import LAYOUTS, read_directory

__all__ = ["LAYOUTS", "Directory", "Entry", "Listing", "RejectedEntry", "read_directory"]
