"""The stocks of an expression as bars: what the picture holds."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from stockgroups.analytics.expressions.members import Member, Members, UsedGroup
from stockgroups.queries.origins import Origin

pytest.importorskip("altair")


def draw(*members: Member) -> str:
    from stockgroups.charts import draw_members

    origin = Origin(dt.date(2026, 9, 30), "nport", is_proxy=False)
    group = UsedGroup("etf:SPY", "SPDR", len(members), origin, None)
    answer = Members("top(etf:SPY, 3)", members, (group,), ("something is not known",))
    return json.dumps(draw_members(answer).to_dict())


def test_parts_are_sectors_by_weight_and_the_rest_is_named() -> None:
    told = draw(
        Member("XOM", "Exxon", 0.3, sector="energy"),
        Member("CVX", "Chevron", 0.2, sector="energy"),
        Member("ZZZ", "Zed", 0.1),
    )
    assert "top(etf:SPY, 3) by sector" in told
    for part in ("50.0% \\u00b7 2 stocks", "10.0% \\u00b7 1 stock", "40.0%", "not in the answer"):
        assert part in told
    assert "sector unknown" in told
    assert "something is not known" in told


def test_without_weights_stocks_are_counted() -> None:
    told = draw(Member("XOM", "Exxon", None, sector="energy"), Member("ZZZ", "Zed", None))
    assert "number of stocks" in told
    assert "not in the answer" not in told
