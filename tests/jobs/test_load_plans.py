"""A reviewed plan is applied by its hash: exactly what it says, once, or nothing."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from commands import Command
from holdings_files import write_ishares
from samples import DAY
from stockgroups.db.connection import Connection
from stockgroups.errors import StalePlanError, UsageError
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.jobs.rollback import roll_back
from stockgroups.store import Store
from tables import dump, read_members

IVV, VTI = "iShares Core S&P 500 ETF", "iShares Core S&P Total U.S. Stock Market ETF"


def plan(store: Store, options: LoadOptions) -> str:
    told = load_etfs(store, replace(options, dry_run=True)).plan_hash
    assert told is not None
    return told


def test_what_was_planned_is_applied_once(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    options = LoadOptions(tmp_path, proxies=False)
    write_ishares(tmp_path / "IVV.csv", IVV, DAY, {"AAPL": 1.0})
    hash_ = plan(store, options)
    assert plan(store, options) == hash_
    report = load_etfs(store, replace(options, plan=hash_))
    first = report.plan.load_id
    assert report.to_dict() | {"plan": hash_, "repeated": False} == report.to_dict()
    assert read_members(connection, "IVV") == {"AAPL": 1.0}
    before = dump(connection)
    again = load_etfs(store, replace(options, plan=hash_)).to_dict()
    assert (again["load"], again["repeated"], again["changed"]) == (first, True, False)
    assert dump(connection) == before


def test_another_group_in_between_makes_no_other_plan(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "a" / "IVV.csv", IVV, DAY, {"AAPL": 1.0})
    write_ishares(tmp_path / "b" / "ITOT.csv", VTI, DAY, {"KO": 1.0})
    ours = LoadOptions(tmp_path / "a", proxies=False, alone=True)
    hash_ = plan(store, ours)
    load_etfs(store, LoadOptions(tmp_path / "b", proxies=False))
    assert load_etfs(store, replace(ours, plan=hash_)).plan.load_id
    assert read_members(connection, "IVV") == {"AAPL": 1.0}


def test_a_plan_of_another_state_is_refused_with_what_came_between(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    options = LoadOptions(tmp_path / "a", proxies=False)
    write_ishares(tmp_path / "a" / "IVV.csv", IVV, DAY, {"AAPL": 1.0})
    hash_ = plan(store, options)
    write_ishares(tmp_path / "b" / "IVV.csv", IVV, DAY - dt.timedelta(days=9), {"AAPL": 2.0})
    between = load_etfs(store, LoadOptions(tmp_path / "b", proxies=False)).plan.load_id
    before = dump(connection)
    with pytest.raises(StalePlanError, match="changed ETF IVV; make a new plan") as refused:
        load_etfs(store, replace(options, plan=hash_))
    assert [load["load"] for load in refused.value.changed] == [between]
    assert dump(connection) == before
    for foreign in ("", "x", "1-", f"{10**30}-{'0' * 32}", f"-1-{hash_}"):
        with pytest.raises(StalePlanError):
            load_etfs(store, replace(options, plan=foreign))
    write_ishares(tmp_path / "a" / "IVV.csv", IVV, DAY, {"AAPL": 1.0, "KO": 1.0})
    assert plan(store, options) != hash_


def test_what_was_taken_back_is_planned_anew(store: Store, tmp_path: Path) -> None:
    options = LoadOptions(tmp_path, proxies=False)
    write_ishares(tmp_path / "IVV.csv", IVV, DAY, {"AAPL": 1.0})
    hash_ = plan(store, options)
    number = load_etfs(store, replace(options, plan=hash_)).plan.load_id
    assert number is not None
    roll_back(store, number)
    with pytest.raises(StalePlanError, match="rollback"):
        load_etfs(store, replace(options, plan=hash_))
    assert plan(store, options) != hash_


def test_what_other_programs_wrote_belongs_to_the_plan(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "IVV.csv", IVV, DAY, {"AAPL": 1.0})
    load_etfs(store, LoadOptions(tmp_path, proxies=False))
    write_ishares(tmp_path / "2.csv", IVV, DAY + dt.timedelta(days=1), {"AAPL": 1.0})
    options = LoadOptions(tmp_path, proxies=False)
    hash_ = plan(store, options)
    connection.execute("UPDATE group_memberships SET weight = 0.4")
    with pytest.raises(StalePlanError, match="make a new plan"):
        load_etfs(store, replace(options, plan=hash_))


@pytest.mark.usefixtures("store")
def test_the_command_plans_and_applies(command: Command, tmp_path: Path) -> None:
    write_ishares(tmp_path / "IVV.csv", IVV, DAY, {"AAPL": 1.0})
    words = ("load", "--holdings-dir", str(tmp_path), "--no-proxies")
    told = json.loads(command(*words, "--dry-run", "--json").out)
    assert told["files"][0]["receipt"]["rows_read"] == 1
    assert f"--plan {told['plan']} does exactly this" in command(*words, "--dry-run").out
    applied = json.loads(command(*words, "--plan", told["plan"], "--json").out)
    assert applied["plan"] == told["plan"]
    again = command(*words, "--plan", told["plan"])
    assert again.out.splitlines()[-1] == (
        f"Load {applied['load']} has already applied this plan: nothing to do"
    )
    refused = command(*words, "--plan", "0-0", "--json")
    error = json.loads(refused.err.splitlines()[-1])["error"]
    assert (refused.status, error["type"]) == (1, "StalePlanError")
    assert [load["load"] for load in error["changed"]] == [applied["load"]]
    assert command(*words, "--plan", "0-0", "--dry-run").status == UsageError.exit_status
