"""Exposure of portfolios made by hand: figures, sources and warnings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from samples import DAY, make_fund, make_printed, make_snapshot
from stockgroups.analytics.funds import Part
from stockgroups.analytics.portfolios.exposure import find_exposure
from stockgroups.analytics.portfolios.exposure_answers import ExposureAnswer
from stockgroups.errors import NotFoundError, StaleError, UsageError
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.model import Category, GroupKey, GroupType, Ref, Snapshot
from stockgroups.queries.moments import Moment
from stockgroups.readers.lists.portfolios import read_amounts
from stockgroups.receipts import Notional, Receipt, ReceiptLine
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store

LATER = DAY + dt.timedelta(days=30)
DIRECTORY = """\
Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|NextShares
QQZA|QQZA of bonds|G|N|N|100|Y|N
QQZC|Etfirm Corp - Common Stock|Q|N|N|100|N|N
SPCX|SPAC and New Issue ETF|G|N|N|100|Y|N
File Creation Time: 0701202617:01|||||||
"""


def ask(
    store: Store, amounts: Mapping[str, float], by: str = "stock", moment: Moment | None = None
) -> ExposureAnswer:
    return find_exposure(store, read_amounts(amounts, store.catalog), by, moment)


def make_receipt(
    snapshot: Snapshot, weights: Mapping[Category, float], *lines: ReceiptLine
) -> Snapshot:
    """The snapshot with a receipt that tells what else the fund holds."""
    rows = dict.fromkeys([Category.MEMBER, *weights], 1)
    members = sum(weight or 0.0 for weight in snapshot.weights or ())
    told = {Category.MEMBER: members, **weights}
    receipt = Receipt(rows, told, None, None, "printed", "by hand", lines=lines)
    return replace(snapshot, receipt=receipt)


@pytest.fixture
def funds(store: Store) -> Store:
    """VTI and QQQ; AOR of both, of a fund that nobody has loaded, and of cash; AOK of AOR."""
    held = make_snapshot({"VTI": 0.5, "AGG": 0.2})
    bonds = held.refs[1]._replace(name="ISHARES CORE US AGGREGATE BOND")
    aor = make_receipt(
        replace(held, refs=(held.refs[0], bonds)),
        {Category.OTHER: 0.24, Category.CASH: 0.08, Category.DERIVATIVE: -0.02},
        ReceiptLine(4, Category.OTHER, "asset class ETF", "QQQ", "Invesco QQQ", 0.2),
        ReceiptLine(5, Category.OTHER, "asset class Bond", "VTI", "VITOL BOND 4 1/2", 0.04),
    )
    groups = [
        make_fund("VTI", make_snapshot({"AAPL": 0.6, "XOM": 0.4})),
        make_fund("QQQ", make_snapshot({"AAPL": 0.9}), make_snapshot({"MSFT": 0.9}, LATER)),
        make_fund("AOR", aor),
        make_fund("AOK", make_snapshot({"AOR": 0.5, "VTI": 0.5})),
    ]
    apply(store, groups)
    return store


def test_funds_of_funds_are_looked_through(funds: Store) -> None:
    answer = ask(funds, {"AOK": 1}, moment=Moment(DAY))
    # AOK is half VTI, and half AOR: 50 % VTI, 20 % QQQ.
    vti = 0.5 + 0.5 * 0.5
    assert answer.weights == pytest.approx({"AAPL": vti * 0.6 + 0.1 * 0.9, "XOM": vti * 0.4})
    assert answer.parts == pytest.approx(
        {
            Part.STOCKS: vti + 0.1 * 0.9,
            Part.FUNDS: 0.1,
            Part.CASH: 0.04,
            Part.DERIVATIVES: -0.01,
            Part.OTHER: 0.02,
            Part.UNSTATED: 0.1 * 0.1,
        }
    )
    assert sum(row.weight for row in answer.items) == pytest.approx(1)
    (agg,) = [row for row in answer.items if row.part is Part.FUNDS]
    assert agg.key == "AGG"
    assert agg.through == pytest.approx({"AOK": 0.1})
    assert [fund.label for fund in answer.funds] == ["AOK", "AOR", "VTI", "QQQ"]
    assert any(
        "not looked through, as they are not loaded: AGG" in told for told in answer.warnings
    )
    assert any("derivatives of AOR are worth -2.0000%" in told for told in answer.warnings)


def test_what_derivatives_stand_for_is_beside_the_sum(funds: Store) -> None:
    def gear(members: Mapping[str, float | None], notional: Notional, day: dt.date) -> Snapshot:
        found = make_receipt(make_snapshot(members, day), {Category.DERIVATIVE: 0.01})
        assert found.receipt is not None
        return replace(found, receipt=replace(found.receipt, notional=notional))

    apply(
        funds,
        [
            make_fund("VTI", gear({"AAPL": 0.99}, Notional(0.5, -0.1, 0.2), LATER)),
            make_fund("QQQ", gear({"MSFT": 0.95}, Notional(2.0, untold=3), LATER)),
        ],
    )
    answer = ask(funds, {"AOK": 75, "QQQ": -25})
    vti, qqq = 1.5 * (0.5 + 0.5 * 0.5), 1.5 * 0.5 * 0.2
    assert answer.notional is not None
    told = answer.notional.to_dict()
    assert told.pop("through") == pytest.approx({"AOK": vti * 0.4 + qqq * 2.0, "QQQ": -1.0})
    sums = {"long": vti * 0.5 + qqq * 2.0, "short": -vti * 0.1 - 1.0, "unsided": vti * 0.2}
    assert told == pytest.approx(sums)
    assert sum(answer.parts.values()) == pytest.approx(1)
    assert answer.to_dict()["funds"][-1]["notional"]["untold"] == 3
    warned = [one for one in answer.warnings if "is not reported" in one]
    assert [one.split(";")[1].split(",")[0] for one in warned] == [
        " the notional of these is not reported",
        " the notional of 3 of them is not reported",
    ]
    assert ask(funds, {"AAPL": 1}).notional is None


def test_each_fund_answers_for_the_day(funds: Store) -> None:
    assert ask(funds, {"QQQ": 1}).weights == {"MSFT": pytest.approx(0.9)}
    assert ask(funds, {"QQQ": 1}, moment=Moment(DAY)).weights == {"AAPL": pytest.approx(0.9)}
    answer = ask(funds, {"AOR": 1}, moment=Moment(LATER))
    assert any("30 days apart" in told for told in answer.warnings)
    early = DAY - dt.timedelta(days=1)
    with pytest.raises(NotFoundError, match="for VTI up to"):
        ask(funds, {"VTI": 1}, moment=Moment(early))
    with pytest.raises(StaleError, match="of VTI"):
        ask(funds, {"QQQ": 1, "VTI": 1}, moment=Moment(LATER, max_age=10))


def test_a_fund_within_that_is_too_old_stands_for_itself(funds: Store) -> None:
    fresh = make_snapshot({"VTI": 0.5, "MSFT": 0.5}, LATER)
    apply(funds, [make_fund("AOA", fresh)])
    answer = ask(funds, {"AOA": 1}, moment=Moment(LATER, max_age=10))
    assert answer.parts == {Part.STOCKS: pytest.approx(0.5), Part.FUNDS: pytest.approx(0.5)}
    assert any(told.startswith("not looked through: VTI in AOA") for told in answer.warnings)
    assert not any("not loaded" in told for told in answer.warnings)


def test_a_fund_is_known_by_a_directory_a_catalogue_or_its_name(
    store: Store, tmp_path: Path
) -> None:
    listed = tmp_path / "nasdaqlisted_2026-07-01.txt"
    listed.write_text(DIRECTORY, encoding="utf-8")
    load_directories(store.connection, [listed])
    held = make_snapshot({"EWU": 0.3, "QQZA": 0.3, "QQZB": 0.2, "QQZC": 0.1, "SPCX": 0.1})
    names = {
        "EWU": "ISHARES MSCI UNITED KINGDOM",
        "QQZB": "ISHARES CORE MSCI INT DEVEL ETF",
        "QQZC": "ETFIRM CORP",
        "SPCX": "SPACE EXPLORATION TECHNOLOGIES COR",
    }
    refs = tuple(ref._replace(name=names.get(ref.symbol or "", ref.name)) for ref in held.refs)
    apply(store, [make_fund("AOR", replace(held, refs=refs))])
    for moment in (None, Moment(DAY)):
        answer = ask(store, {"AOR": 1, "QQZB": 1}, moment=moment)
        assert set(answer.weights) == {"QQZC", "SPCX"}
        assert any(
            told.endswith("as they are not loaded: EWU QQZA QQZB") for told in answer.warnings
        )
        assert answer.positions[1].part is Part.FUNDS


def test_a_stock_with_the_ticker_of_a_fund_is_a_stock(store: Store) -> None:
    held = make_snapshot({"INFO": 1.0})
    named = tuple(ref._replace(name="IHS MARKIT LTD") for ref in held.refs)
    title = "Harbor PanAgora Dynamic Large Cap Core ETF"
    groups = [
        make_fund("OLD", replace(held, refs=named)),
        make_fund("INFO", make_snapshot({"AAPL": 1.0}, LATER), description=title),
    ]
    apply(store, groups)
    assert ask(store, {"OLD": 1}).weights == {"INFO": 1.0}
    assert ask(store, {"INFO": 1}).weights == {"AAPL": 1.0}
    both = ask(store, {"INFO": 1, "OLD": 3})
    assert both.weights == pytest.approx({"AAPL": 0.25, "INFO": 0.75})
    assert [one.title for one in both.positions] == [title, "OLD Fund"]


def test_funds_that_hold_one_another_end(store: Store) -> None:
    groups = [
        make_fund("F1", make_snapshot({"F2": 0.5, "AAPL": 0.5})),
        make_fund("F2", make_snapshot({"F1": 0.2, "XOM": 0.8})),
        make_fund("F3", make_snapshot({"F3": 1.0})),
    ]
    apply(store, groups)
    answer = ask(store, {"F1": 1, "F3": 1})
    assert answer.weights == {"AAPL": pytest.approx(0.25)}
    assert answer.parts == {Part.STOCKS: pytest.approx(0.25), Part.FUNDS: pytest.approx(0.75)}
    assert any("hold each other" in told and "F2 F3" in told for told in answer.warnings)


def test_positions_are_funds_stocks_cash_and_what_nobody_knows(funds: Store) -> None:
    answer = ask(
        funds,
        {"vti": 60, "aapl": 20, "stock:AAPL": 5, "XOM": -10, "CASH_USD": 15, "AGG": 6, "ZZZQ": 4},
    )
    assert answer.total == 100
    assert {one.name: one.part for one in answer.positions} == {
        "VTI": Part.FUNDS,
        "AAPL": Part.STOCKS,
        "XOM": Part.STOCKS,
        "cash": Part.CASH,
        "AGG": Part.FUNDS,
        "ZZZQ": Part.UNKNOWN,
    }
    assert {one.name: one.weight for one in answer.positions} == pytest.approx(
        {"VTI": 0.6, "AAPL": 0.25, "XOM": -0.1, "cash": 0.15, "AGG": 0.06, "ZZZQ": 0.04}
    )
    rows = {row.key: row for row in answer.items}
    assert rows["AAPL"].weight == pytest.approx(0.6 * 0.6 + 0.25)
    assert rows["AAPL"].through == pytest.approx({"VTI": 0.36, "AAPL": 0.25})
    assert (rows["XOM"].long, rows["XOM"].short) == pytest.approx((0.24, -0.1))
    assert rows["ZZZQ"].part is Part.UNKNOWN
    assert any(told.startswith("ZZZQ is not known") for told in answer.warnings)


@pytest.mark.parametrize(
    ("title", "worth", "is_told"),
    [
        ("ProShares UltraPro QQQ", 0.0004, True),
        ("Daily S&P 500 Bear 3X Shares", -0.0004, True),
        ("SPDR S&P 500 ETF Trust", 0.0004, False),
        ("SPDR S&P 500 ETF Trust", 0.3, True),
        ("Ultra Short Bonds", 0.0, False),
    ],
)
def test_derivatives_that_stand_for_more_are_told(
    store: Store, title: str, worth: float, is_told: bool
) -> None:
    held = make_receipt(make_snapshot({"AAPL": 0.6}), {Category.DERIVATIVE: worth})
    apply(store, [make_fund("QQZA", held, description=title)])
    answer = ask(store, {"QQZA": 1})
    assert any("the notional of these is not reported" in one for one in answer.warnings) == is_told
    assert answer.parts.get(Part.DERIVATIVES, 0.0) == pytest.approx(worth)


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ({}, "no position"),
        ({"VTI": 0}, "no position"),
        ({"VTI": float("nan")}, "not a number"),
        ({"VTI": "much"}, "not a number"),
        ({"VTI": 1e19}, "not a number"),
        ({"VTI": -1}, "more than 0"),
        ({"VTI": 100, "QQQ": -99}, "more than 100 times"),
        ({"cash": 1}, "write CASH_USD"),
    ],
)
def test_what_is_no_portfolio_is_refused(
    store: Store, amounts: dict[str, float], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        ask(store, amounts)


def test_concentration_and_the_fund_that_adds_least(funds: Store) -> None:
    apply(funds, [make_fund("ALL", make_snapshot({"AAPL": 0.5, "XOM": 0.3, "JPM": 0.2}))])
    answer = ask(funds, {"VTI": 1, "ALL": 2, "QQQ": 1}, moment=Moment(DAY))
    weights = answer.weights
    assert answer.concentration.hhi == pytest.approx(sum(w * w for w in weights.values()))
    gross = sum(weights.values())
    assert answer.concentration.equal_stocks == pytest.approx(
        1 / sum((w / gross) ** 2 for w in weights.values())
    )
    assert answer.concentration.largest[1] == pytest.approx(max(weights.values()))
    assert answer.concentration.largest[25] == pytest.approx(sum(weights.values()))
    told = {one.name: one for one in answer.positions}
    assert {name: one.alone for name, one in told.items()} == pytest.approx(
        {"VTI": 0.0, "ALL": 0.2, "QQQ": 0.0}
    )
    # Beside VTI: two parts of ALL and one of QQQ.
    assert told["VTI"].overlap == pytest.approx(min(0.6, (2 * 0.5 + 0.9) / 3) + 0.3 * 2 / 3)
    assert answer.most_redundant is told["VTI"]
    assert ask(funds, {"VTI": 1}).most_redundant is None


def test_the_rest_of_a_fund_is_named(store: Store) -> None:
    unknown = Ref(None, name="UNKNOWN CO", cusip="00000000X")
    printed = make_printed(DAY, {Ref("AAPL", ticker="AAPL"): 0.9, unknown: 0.08})
    nameless = make_snapshot({"AAPL": None, "XOM": None}, file_name="names")
    groups = [
        make_fund("A", printed),
        make_fund("B", nameless),
        make_fund("C", make_snapshot({"AAPL": 1.0}, is_proxy=True)),
        DesiredGroup(GroupKey("TEST", GroupType.CUSTOM, "mine"), "Mine", snapshots=(nameless,)),
    ]
    apply(store, groups)
    answer = ask(store, {"A": 1, "B": 1, "C": 1, "custom:mine": 1})
    assert answer.parts == pytest.approx(
        {Part.STOCKS: 1.9 / 4, Part.UNRESOLVED: 0.02, Part.UNSTATED: 2.02 / 4}
    )
    assert "C is a proxy: its index's constituents in place of the issuer's file" in answer.warnings
    assert "custom:mine has no weights: it cannot be looked through" in answer.warnings


def test_exposure_by_what_is_told_of_stocks(store: Store) -> None:
    sectors = ("Information Technology", "Energy", None)
    held = make_snapshot({"AAPL": 0.5, "XOM": 0.3, "QQZZ": 0.2}, sectors=sectors)
    refs = tuple(
        ref._replace(country=country, currency="usd")
        for ref, country in zip(held.refs, ("United States", "USA", None), strict=True)
    )
    apply(store, [make_fund("VTI", replace(held, refs=refs))])
    organize_sectors(store)
    organize_universe(store)
    build_metadata(store)
    answer = ask(store, {"VTI": 1}, "sector")
    assert answer.weights == pytest.approx({"information_technology": 0.5, "energy": 0.3})
    assert [(row.key, row.name, row.stocks) for row in answer.items][-1] == (
        None,
        "sector not known",
        1,
    )
    assert "the sector of 20.00% of the portfolio is not known" in answer.warnings
    assert ask(store, {"VTI": 1}, "country").weights == pytest.approx({"US": 0.8})
    assert ask(store, {"VTI": 1}, "currency").weights == pytest.approx({"USD": 1.0})
    assert sum(row.weight for row in ask(store, {"VTI": 1}, "industry").items) == pytest.approx(1)
    themes = ask(store, {"VTI": 1, "TSLA": 1, "NIO": 1}, "theme")
    assert themes.weights == pytest.approx({"electric_vehicles": 2 / 3})
    assert themes.items[-1].name == "in no theme"
    past = ask(store, {"VTI": 1}, "sector", Moment(DAY))
    assert past.weights == pytest.approx(answer.weights)
    assert any("is not recorded: today's is used" in told for told in past.warnings)
    known = Moment(DAY, dt.datetime.now(dt.UTC))
    with pytest.raises(UsageError, match="sectors"):
        ask(store, {"VTI": 1}, "sector", known)
    with pytest.raises(UsageError, match="cannot group the exposure by 'colour'"):
        ask(store, {"VTI": 1}, "colour")
