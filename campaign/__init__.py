"""Attacks on the program for as long as is asked for, and a table of what came of them.

A tool of the project, no part of the product. What the tests are built of serves here too: servers,
files made by hand, programs of others, the state of a database as values.
"""

import sys
from pathlib import Path

_TESTS = str(Path(__file__).parents[1] / "tests")
if _TESTS not in sys.path:
    sys.path.insert(0, _TESTS)
