"""The database of which the audit asks: loaded by the program from the files that make answers."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import stockgroups
from audit.evidence import DIRECTORIES, FILINGS, Evidence, stage, stage_histories
from audit.sectors import HELD_OUT
from stockgroups import Database
from stockgroups.db import embedded, schema
from stockgroups.db.connection import Target

WHOLE, WITHOUT = "TEST", "UAT"


class Opened(NamedTuple):
    """Two environments of one database: with all files, and without the issuer left out."""

    whole: Database
    without: Database


@contextmanager
def open_loaded(evidence: Evidence, url: str | None) -> Iterator[Opened]:
    """Open a database that holds the answers: a server of the run's own, or one that is named.

    A named database that holds groups already is taken as an earlier run has left it.
    """
    # Open to all: when root runs this, the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="stockgroups-audit-"))
    folder.chmod(0o755)
    home = folder / "home"
    try:
        chosen = url or embedded.ensure_running(home=home)
        schema.upgrade(Target(chosen, "audit server", "audit", WHOLE))
        with (
            stockgroups.connect(chosen, WHOLE) as whole,
            stockgroups.connect(chosen, WITHOUT) as without,
        ):
            opened = Opened(whole, without)
            if not whole.groups("ETF"):
                fill(opened, evidence, folder)
            yield opened
    finally:
        if url is None:
            embedded.stop(home=home)
        shutil.rmtree(folder)


def fill(opened: Opened, evidence: Evidence, work: Path) -> None:
    """Load what makes answers: files, histories, directories, filings; then sectors."""
    db = opened.whole
    staged = stage(evidence.folder, work)
    _tell("loading the issuers' files")
    db.load(staged, proxies=False)
    for universe, path in stage_histories(evidence, work).items():
        _tell(f"loading the history of {universe}")
        for environment in opened:
            environment.load_history(path, universe)
    _tell("loading directories and filings")
    for name, day in DIRECTORIES:
        if (path := evidence.folder / name).is_file():
            db.load_directories([path], as_of=day)
    for name in FILINGS:
        if (path := evidence.folder / name).is_file():
            db.load_nport(path, "all")
    _tell("building sectors, also without one issuer's labels")
    opened.without.load(staged, proxies=False, ignore=[f"{HELD_OUT}/"])
    for environment in opened:
        environment.organize_sectors()
        environment.build_metadata()


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
