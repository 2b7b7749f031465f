"""A sound environment, and its pages, asked without a server."""

from __future__ import annotations

import pytest

from reading import Reader
from stockgroups.api import Database


@pytest.fixture
def pages(db: Database) -> Reader:
    return Reader(db)
