"""`--plot FILE`: the answer of a command as a chart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import Command, check_refusal

FUNDS = {
    "IVV_2026-07-01.csv": {"AAPL": 0.5, "MSFT": 0.3, "XOM": 0.2},
    "VTV_2026-07-01.csv": {"AAPL": 0.2, "MSFT": 0.4, "JPM": 0.4},
}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("overlap", "IVV", "VTV"), "What IVV and VTV share"),
        (("overlap", "--all"), "50.0%"),
        (("overlap", "IVV"), "What shares most with IVV"),
        (("query", "--etf", "IVV"), "IVV by sector"),
        (("query", "IVV", "--by", "country"), "country unknown"),
        (("panel", "IVV", "--since", "2026-07-01", "--freq", "D"), "etf:IVV over time"),
        (("timeline", "XOM"), "When XOM was in which groups"),
        (("changes", "IVV"), "What changed in IVV"),
        (("exposure", "IVV=60", "VTV=40"), "What the portfolio holds, by stock"),
        (("classify", "--measure"), "How many stocks of each fund have a sector"),
    ],
)
def test_the_answer_is_drawn_in_place_of_the_text(
    loaded: Command, words: tuple[str, ...], shown: str
) -> None:
    path = Path("chart.svg")
    path.write_text("an older one", encoding="utf-8")
    answer = loaded(*words, "--plot", path)
    assert (answer.status, answer.out) == (0, "✓ chart.svg\n"), answer.err
    assert shown in path.read_text(encoding="utf-8")


def test_the_chart_comes_beside_json_and_rows(loaded: Command) -> None:
    told = loaded("overlap", "IVV", "VTV", "--json", "--plot", "a.png")
    assert json.loads(told.out)["overlap"] == pytest.approx(0.5)
    assert told.err == ""
    rows = loaded("query", "--etf", "IVV", "--csv", "--columns", "symbol", "--plot", "b.html")
    assert rows.lines == ["symbol", "AAPL", "MSFT", "XOM"]
    assert Path("a.png").is_file()
    assert Path("b.html").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--plot", "a.jpg"), ".svg, .png, .html"),
        (("--plot", "a"), "has no suffix"),
        (("--plot", "nowhere/a.svg"), "no such folder: nowhere"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_any_work(
    bare: Command, words: tuple[str, ...], told: str
) -> None:
    """No database is chosen here, and that is not what is told."""
    check_refusal(bare("overlap", "A", "B", *words), 2, told)
    check_refusal(bare("query", "--etf", "A", *words), 2, told)
    check_refusal(bare("timeline", "A", *words), 2, told)
    check_refusal(bare("panel", "A", "--since", "1y", *words), 2, told)
    check_refusal(bare("changes", "A", *words), 2, told)
    check_refusal(bare("exposure", "A=1", *words), 2, told)
    check_refusal(bare("classify", "--measure", *words), 2, told)


def test_what_is_no_group_is_not_drawn(loaded: Command) -> None:
    check_refusal(loaded("query", "--stock", "AAPL", "--plot", "a.svg"), 2, "--plot", "group")
    check_refusal(loaded("query", "--etf", "IVV", "--by", "sector"), 2, "--plot")
    ever = loaded("panel", "IVV", "--since", "1y", "--ever", "--plot", "a.svg")
    check_refusal(ever, 2, "--plot", "leave out --ever")
    assert not Path("a.svg").exists()


def test_of_a_stock_its_timeline_is_drawn(loaded: Command) -> None:
    refused = loaded("changes", "--stock", "XOM", "--plot", "a.svg")
    check_refusal(refused, 2, "`stockgroups timeline XOM --plot FILE`")
    assert loaded("timeline", "XOM", "--plot", "a.svg").status == 0
