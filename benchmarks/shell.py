"""A look-up from the shell: the whole process, against one that imports the driver and ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.data import ENVIRONMENT
from benchmarks.measure import Case, Row, alternate, at_most
from benchmarks.scratch import Scratch
from benchmarks.state import fill
from stockgroups.catalog import Catalog

ROUNDS = 21


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the row about the shell."""
    fill(scratch.ours, catalog)
    program = Path(sys.executable).with_name("stockgroups")
    settings = {**os.environ, **scratch.settings, "ENVIRONMENT": ENVIRONMENT}
    # The modules of a program that is installed are compiled once, not at each start.
    settings.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:  # without a .env

        def run(*command: str | Path) -> None:
            subprocess.run(command, env=settings, cwd=folder, stdout=subprocess.DEVNULL, check=True)

        times = alternate(
            [
                Case("query", lambda: run(program, "query", "--stock", "AAPL", "--json")),
                Case("import", lambda: run(sys.executable, "-c", "import psycopg")),
            ],
            ROUNDS,
        )
    yield Row(
        "`stockgroups query --stock AAPL --json`, whole process",
        times.ratio("query", "import"),
        '× python -c "import psycopg"',
        at_most(1.3),
        times.tell("query", "import"),
    )
