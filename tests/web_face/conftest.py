"""A sound environment, and its pages, asked without a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import stockgroups
from reading import Reader
from sound import make_sound
from stockgroups.api import Database
from stockgroups.db.connection import Target
from stockgroups.store import Store


@pytest.fixture
def db(target: Target, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("DATABASE_URL", target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    make_sound(store)
    with stockgroups.connect() as opened:
        yield opened


@pytest.fixture
def pages(db: Database) -> Reader:
    return Reader(db)
