"""The contract of point-in-time universes holds, in any order of loading its files."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import stockgroups
from stockgroups.api import Database
from stockgroups.db.connection import Target
from stockgroups.errors import NotFoundError

CONTRACT = Path(__file__).parents[2] / "contract"
TERMS = json.loads((CONTRACT / "cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "newest first"])
def test_the_contract_holds(target: Target, tmp_path: Path, *, backwards: bool) -> None:
    with stockgroups.connect(target.url, "TEST") as db:
        moments = carry_out(db, tmp_path, backwards=backwards)
        for case in TERMS["cases"]:
            asked = case["ask"]
            known_at = moments[asked["known_at"]] if "known_at" in asked else None
            assert ask(db, asked["group"], asked["as_of"], known_at) == case["expect"], case["why"]


def carry_out(db: Database, folder: Path, *, backwards: bool) -> dict[str, dt.datetime]:
    """Do the steps; return the moments that are to be remembered."""
    moments: dict[str, dt.datetime] = {}
    for number, step in enumerate(TERMS["steps"]):
        if "remember" in step:
            moments[step["remember"]] = read_clock(db)
            continue
        for file in sorted((CONTRACT / step["load"]).iterdir(), reverse=backwards):
            place = folder / f"{number}-{file.stem}"
            place.mkdir()
            shutil.copy(file, place)
            assert not db.load(place, proxies=False, accept=["all"]).failures
    return moments


def read_clock(db: Database) -> dt.datetime:
    """The time by the server, which dates what is recorded."""
    row = db.connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: dt.datetime = row[0]
    return moment


def ask(db: Database, group: str, as_of: str, known_at: dt.datetime | None) -> Any:
    """The answer in the contract's terms; None where there is none."""
    try:
        answer = db.etf(group, as_of, known_at=known_at)
    except NotFoundError:
        return None
    members = [
        {
            "cusip": one.cusip,
            "symbol_then": one.reported_symbol,
            "symbol_now": one.symbol,
            "weight": one.weight,
        }
        for one in answer.holdings
    ]
    members.sort(key=lambda one: str(one["symbol_now"]))
    return {"as_of": str(answer.as_of), "members": members}
