"""A sound environment, served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import stockgroups
from sound import make_sound
from stockgroups.api import Database
from stockgroups.db.connection import Target
from stockgroups.settings import read_settings
from stockgroups.store import Store
from web import Served, serve


@pytest.fixture
def db(target: Target, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("DATABASE_URL", target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    make_sound(store)
    with stockgroups.connect() as opened:
        yield opened


@pytest.fixture
def served(db: Database) -> Iterator[Served]:
    with serve(read_settings()) as running:
        running.wait(db.version())
        yield running
