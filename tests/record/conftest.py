"""Tests of what a load concludes from the record read it as a load of a large record does."""

import pytest


@pytest.fixture(autouse=True)
def only_headers_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stockgroups.record.headers.FEW", 0)
