"""What the scripts beside this file share: the way to the command that each is a door to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def open_door(command: str) -> None:
    """Run a command with this script's flags, from any folder, and exit with its status.

    Where this Python does not have the program, the project's own virtual environment takes over.
    """
    try:
        from stockgroups.cli.main import run  # noqa: PLC0415 - it may be missing
    except ModuleNotFoundError as error:
        own = PROJECT / ".venv" / "bin" / "python"
        if not own.exists() or Path(sys.prefix) == PROJECT / ".venv":
            sys.exit(f"{Path(sys.argv[0]).name}: {error}; run `make install` in {PROJECT}")
        os.execv(own, [str(own), *sys.argv])  # noqa: S606 - the same script, no shell
    sys.exit(run([command, *sys.argv[1:]]))
