"""`stockgroups classify` and `query --explain`, as a person runs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from commands import Command, check_refusal
from samples import make_fund, make_snapshot
from sound import load_funds
from stockgroups.record.apply import apply
from stockgroups.store import Store

LABELS = {"AAPL": "Information Technology", "BRK.B": "Financials", "XOM": "Energy"}


@pytest.fixture
def voted(store: Store) -> None:
    """Three issuers that agree on all stocks but one."""
    load_funds(store)
    for issuer, label in (("iShares", "Energy"), ("Vanguard", "Gold"), ("Schwab", "Energy")):
        labels = LABELS | {"XOM": label}
        weights = dict.fromkeys(labels, 1 / 3)
        snapshot = make_snapshot(weights, sectors=tuple(labels.values()), file_name=issuer)
        apply(store, [make_fund(f"F{issuer[0]}".upper(), replace(snapshot, issuer=issuer))])


def test_each_source_is_measured_against_the_others(command: Command, voted: None) -> None:
    answer = command("classify", "--measure")
    assert (answer.status, answer.err) == (0, "")
    assert answer.lines[0].startswith("4 of 4 stocks of the ETFs have a sector (high 3, medium 1")
    rows = {line.split()[0]: line.split() for line in reversed(answer.lines) if line}
    assert rows["SPY"][1:3] == ["3", "3"]
    assert rows["Vanguard"][2:7] == ["3", "3", "100.00", "%", "66.67"]
    assert "Stocks in dispute: 1" in answer.lines
    dispute = next(line for line in answer.lines if line.startswith("  XOM:"))
    assert dispute.startswith("  XOM: energy (high); ")
    assert "Vanguard materials" in dispute


def test_as_json_and_of_one_fund(command: Command, voted: None) -> None:
    value = command("classify", "--measure", "--etf", "xle", "--json").json
    assert value["stocks"] == 2
    assert [fund["etf"] for fund in value["funds"]] == ["XLE"]
    assert value["disputes"]["XOM"]["sector"] == "energy"
    vanguard = next(source for source in value["sources"] if source["name"] == "Vanguard")
    assert vanguard["confusion"] == [{"said": "materials", "predicted": "energy", "stocks": 1}]
    check_refusal(command("classify", "--measure", "--etf", "NONE"), 1, "no ETF NONE")


def test_against_a_list(command: Command, voted: None, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("Symbol,Sector\naapl,Energy\nBRK/B,Financials\nGE,Industrials\nV,Nonsense\n")
    lines = command("classify", "--against", mine).lines
    at = lines.index(
        "Against mine.csv: 3 stocks, 2 with a sector here (66.67 %), 1 the same (50.00 %)"
    )
    assert lines[at + 1 :] == [
        "  AAPL: there energy, here information_technology",
        "  without a sector here: GE",
        "  ! not understood, row 5: V,Nonsense",
    ]


def test_what_was_known_on_a_day(command: Command, voted: None) -> None:
    value = command("classify", "--measure", "--as-of", "2026-06-30", "--json").json
    assert (value["with_sector"], value["sources"]) == (0, [])


def test_an_override_from_the_word_to_the_answer(command: Command, voted: None) -> None:
    done = command(
        "classify", "override", "aapl", "energy", "--reason", "a try", "--on", "2026-07-02"
    )
    assert done.lines[0] == "✓ AAPL: energy from 2026-07-02 on (a try)"
    lines = command("query", "--stock", "AAPL", "--explain").lines
    assert "why energy:" in lines
    assert "set by a user on 2026-07-02: a try" in lines
    assert any("withdraws it" in line for line in lines)
    assert 'sector = "energy"' in command("classify", "override", "--export").out
    command("build-metadata")
    assert command("query", "--stock", "AAPL", "--json").json["confidence"] == "override"
    assert "AAPL" in command("query", "--sector", "energy", "--json").json["symbols"]
    gone = command("classify", "override", "AAPL", "--remove", "--reason", "over", "--json").json
    assert (gone["symbol"], gone["sector"]) == ("AAPL", None)
    listed = command("classify", "override", "--list", "--json").json
    assert [(o["sector"], o["reason"]) for o in listed] == [("energy", "a try"), (None, "over")]
    assert "withdrawn" in command("classify", "override", "--list").out
    assert "sector_overrides" not in command("classify", "override", "--export").out


def test_why_a_stock_is_in_its_sector(command: Command, voted: None) -> None:
    lines = command("query", "--stock", "XOM", "--explain").lines
    at = lines.index("why energy:")
    votes = {line.split()[0]: line for line in lines[at + 3 : -2]}
    assert set(votes) == {"iShares", "Vanguard", "Schwab", "Select", "hand"}
    assert "Gold" in votes["Vanguard"]
    assert votes["Select"].rstrip().endswith("counted")
    assert lines[-2] == "confidence: high, ahead by 3 votes"
    assert lines[-1] == (
        "what would change it: 4 more sources that agree on another sector would change it"
    )
    value = command("query", "--stock", "XOM", "--explain", "--json").json
    assert value["stock_symbol"] == "XOM"
    found = value["classification"]
    assert (found["sector"], found["confidence"], found["margin"]) == ("energy", "high", 3)
    assert [heard["source"] for heard in found["dissent"]] == ["Vanguard"]
    assert {"label", "as_of", "weight", "standing", "seen_in"} <= found["votes"][0].keys()


def test_what_cannot_be_understood_is_refused(
    command: Command, voted: None, tmp_path: Path
) -> None:
    for words, told in (
        ([], "nothing to do"),
        (["--measure", "--csv"], "unknown argument: --csv; see `stockgroups classify --help`"),
        (["override"], "needs a stock and a sector"),
        (["override", "AAPL"], "needs a stock and a sector"),
        (["override", "AAPL", "energy", "--remove"], "needs a stock and a sector"),
        (["override", "AAPL", "energy"], "no reason given"),
        (["override", "AAPL", "Technology", "--reason", "x"], "is not a sector"),
        (["override", "AAPL", "energy", "--reason", "x", "--on", "soon"], "--on"),
        (["--measure", "--as-of", "soon"], "--as-of"),
    ):
        check_refusal(command("classify", *words), 2, told)
    check_refusal(command("query", "--etf", "SPY", "--explain"), 2, "--explain needs a stock")
    check_refusal(command("classify", "--against", "nowhere.csv"), 1, "nowhere.csv")
    for line in ("classify --against", "receipt", "exposure --portfolio"):
        told = "a folder, not a file; name a file in it"
        check_refusal(command(*line.split(), tmp_path), 1, tmp_path.name, told)
