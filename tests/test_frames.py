"""Every tabular answer gives the same typed rows to every data frame library."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from commands import make_command
from stockgroups import analytics, checks, queries, reports
from stockgroups.api import Database
from stockgroups.queries.frames import Answers, Column, Kind, Tabular

QUESTIONS: dict[str, Callable[[Database], Tabular]] = {
    "group": lambda db: db.etf("SPY"),
    "industry": lambda db: db.industry("Integrated Oil & Gas"),
    "stock": lambda db: db.stock("XOM"),
    "explain": lambda db: db.explain("XOM"),
    "statistics": lambda db: db.statistics(),
    "changes": lambda db: db.changes("SPY", "2000-01-01"),
    "stock_changes": lambda db: db.stock_changes("XOM"),
    "timeline": lambda db: db.timeline("XOM"),
    "resolve": lambda db: db.resolve(["XOM", "zzzz"]),
    "search": lambda db: db.search("XOM"),
    "related": lambda db: db.related("XOM"),
    "source": lambda db: db.source("SPY"),
    "loads": lambda db: db.loads(),
    "freshness": lambda db: db.freshness(),
    "validate": lambda db: db.validate(),
    "report": lambda db: db.report(),
    "overlap": lambda db: db.overlap("SPY", "XLE"),
    "overlap_matrix": lambda db: db.overlap_matrix(),
    "exposure": lambda db: db.exposure({"SPY": 60, "XLE": 40}),
    "nearest": lambda db: db.nearest("SPY"),
    "members": lambda db: db.members("SPY | XLE"),
    "panel": lambda db: db.panel("SPY", dates=["2000-01-01", "2026-10-01"]),
    "panel_wide": lambda db: db.panel("SPY", "2026-10-01", "2026-10-05", "D").to_wide(weights=True),
    "ever": lambda db: db.ever("SPY", "2000-01-01"),
    "groups": lambda db: db.groups("ETF"),
    "receipt": lambda db: db.receipt("spy"),
}


class Empty(Tabular):
    """An answer of some other's columns that has no rows."""

    def __init__(self, like: Tabular) -> None:
        self._like = like

    def kinds(self) -> Mapping[str, Kind]:
        return self._like.kinds()

    def rows(self) -> list[dict[str, Any]]:
        return []


def test_every_question_has_frames(db: Database) -> None:
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    for name, ask in QUESTIONS.items():
        answer = ask(db)
        rows, names = answer.rows(), list(answer.kinds())
        assert all(list(row) == names for row in rows), name
        assert rows or name in {"changes", "stock_changes", "related", "industry", "receipt"}
        frames = answer.to_pandas(), answer.to_polars(), answer.to_arrow()
        assert [len(frame) for frame in frames] == [len(rows)] * 3
        assert list(frames[0].columns) == frames[1].columns == frames[2].column_names == names
        none = Empty(answer)
        assert none.to_pandas().dtypes.equals(frames[0].dtypes), name
        assert none.to_polars().schema == frames[1].schema
        assert none.to_arrow().schema == frames[2].schema
        dated = [key for key, kind in answer.kinds().items() if kind is Kind.DATE]
        assert all(str(frames[0][key].dtype).startswith("datetime64[") for key in dated)
        assert all(frames[1].schema[key] == polars.Date for key in dated)
        assert all(frames[2].schema.field(key).type == arrow.date32() for key in dated)


def test_every_answer_tells_the_reports_that_it_rests_on(db: Database) -> None:
    told = {name: {one["group"] for one in ask(db).sources()} for name, ask in QUESTIONS.items()}
    both, terms = {"SPY", "XLE"}, {"etf:SPY", "etf:XLE"}
    for name in ("overlap", "overlap_matrix", "exposure", "nearest"):
        assert told[name] == both, name
    for name in ("group", "source", "receipt", "changes"):
        assert told[name] == {"SPY"}, name
    assert told["members"] == terms
    assert told["panel"] == told["ever"] == {"etf:SPY"}
    assert told["stock"] >= both
    for ask in QUESTIONS.values():
        for one in ask(db).sources():
            assert {"group", "as_of", "age_days", "source", "is_proxy", "is_drifted"} <= set(one)


def test_every_answer_says_what_its_columns_hold() -> None:
    for room in (analytics, checks, queries, reports):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    kinds = [one for one in _list_kinds(Tabular) if one.__module__.startswith("stockgroups.")]
    assert len(kinds) > 20
    for kind in kinds:
        is_told = kind.kinds is not Tabular.kinds or kind.columns is not Tabular.columns
        assert kind.KINDS or is_told, kind
    assert all(kind.KINDS for kind in Answers.__subclasses__())


def _list_kinds(base: type[Tabular]) -> list[type[Tabular]]:
    """Return the kinds of answers, without the bases that they share."""
    below = base.__subclasses__()
    return [kind for one in below for kind in _list_kinds(one)] if below else [base]


def test_a_large_answer_gives_arrays_in_place_of_rows() -> None:
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    days = np.array(["2026-01-31", "2026-02-28"], dtype="datetime64[D]")

    class Large(Tabular):
        def columns(self) -> list[Column]:
            return [
                Column("date", Kind.DATE, days),
                Column("weight", Kind.NUMBER, np.array([0.5, 0.25])),
                Column("symbol", Kind.TEXT, np.array(["A", None], dtype=object)),
                Column("more", Kind.JSON, ['{"a": 1}', None]),
            ]

    assert Large().rows() == [
        {"date": "2026-01-31", "weight": 0.5, "symbol": "A", "more": {"a": 1}},
        {"date": "2026-02-28", "weight": 0.25, "symbol": None, "more": None},
    ]
    frame = Large().to_pandas()
    assert list(frame["date"]) == [pd.Timestamp("2026-01-31"), pd.Timestamp("2026-02-28")]
    assert Large().to_polars()["date"].dtype == polars.Date
    assert Large().to_arrow().to_pylist() == Large().to_polars().to_dicts()
    assert Large().to_arrow().schema.field("date").type == arrow.date32()
    assert Large().to_polars().to_dicts()[0]["date"] == dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("query", "--stock", "XOM"), "stock"),
        (("query", "--stats"), "statistics"),
        (("validate",), "validate"),
        (("changes", "SPY", "--since", "2000-01-01"), "changes"),
    ],
)
def test_commands_print_the_same_rows(
    db: Database,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    name: str,
) -> None:
    told = make_command(capsys)(*command, "--csv").out.splitlines()
    answer = QUESTIONS[name](db)
    assert told[0] == ",".join(answer.KINDS)
    assert len(told) == len(answer.rows()) + 1
