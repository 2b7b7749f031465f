"""Symbol directories: what is listed in the United States, under which symbol, by which source.

Pure, like all readers: from a file's bytes to a directory, with every entry accounted for.
"""

from stockgroups.readers.directories.directory import Directory, Listing
from stockgroups.readers.directories.read import LAYOUTS, read_directory, read_reference
from stockgroups.readers.reference import Reference
from stockgroups.readers.sec.fails import FailsFile, FailsRegister
from stockgroups.readers.sec.funds import FundList

__all__ = [
    "LAYOUTS",
    "Directory",
    "FailsFile",
    "FailsRegister",
    "FundList",
    "Listing",
    "Reference",
    "read_directory",
    "read_reference",
]
