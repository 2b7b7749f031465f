"""Which labels of the record vote, read from a database."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence
from dataclasses import replace

from samples import make_fund, make_printed, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.sectors import (
    Classification,
    Kind,
    Vote,
    classify,
    find_unknown_labels,
    read_evidence,
)
from stockgroups.store import Store

DAY = dt.date(2026, 7, 1)


def say(
    group: str,
    labels: dict[str, str | None],
    day: int = 1,
    *,
    issuer: str | None = "iShares",
    proxy: bool = False,
    kind: GroupType = GroupType.ETF,
    industries: Sequence[str | None] | None = None,
) -> DesiredGroup:
    """A group with one snapshot that prints these labels."""
    snapshot = make_snapshot(
        dict.fromkeys(labels, 1.0 / len(labels)),
        DAY.replace(day=day),
        is_proxy=proxy,
        sectors=tuple(labels.values()),
    )
    snapshot = replace(
        snapshot, issuer=issuer, industries=tuple(industries) if industries else None
    )
    return DesiredGroup(GroupKey("TEST", kind, group), snapshots=(snapshot,))


def read(store: Store, symbol: str, on: dt.date | None = None) -> set[Vote]:
    evidence = read_evidence(store, symbols=[symbol], on=on)
    return {vote for _, votes in evidence.alike for vote in votes}


def answer(store: Store, catalog: Catalog, symbol: str) -> Classification:
    return classify(read(store, symbol), catalog.taxonomy)


def vote(source: str, label: str, day: int, seen_in: str, **more: str) -> Vote:
    kind = Kind(more.get("kind", "issuer"))
    return Vote(source, kind, DAY.replace(day=day), label, more.get("industry"), seen_in)


def test_of_each_issuer_the_newest_file_that_prints_a_label(store: Store) -> None:
    for group in (
        say("IWV", {"XOM": "Energy", "V": "Financials"}, 2),
        say("IWB", {"XOM": "Utilities"}, 1),
        say("IWM", {"XOM": None, "V": "Energy"}, 3),
        say("VTI", {"XOM": "Gold"}, 1, issuer="Vanguard", industries=["Gold"]),
    ):
        apply(store, [group])
    assert read(store, "XOM") == {
        vote("iShares", "Energy", 2, "IWV"),
        vote("Vanguard", "Gold", 1, "VTI", industry="Gold"),
    }
    assert read(store, "V") == {vote("iShares", "Energy", 3, "IWM")}
    assert read(store, "AAPL") == set()


def test_a_label_of_a_fund_that_the_stock_has_left_is_still_the_last_word(store: Store) -> None:
    apply(store, [say("IWV", {"XOM": "Energy", "V": "Financials"}, 1)])
    apply(store, [say("IWV", {"V": "Financials"}, 2)])
    assert read(store, "XOM") == {vote("iShares", "Energy", 1, "IWV")}


def test_as_of_a_day_later_files_are_not_known(store: Store) -> None:
    apply(store, [say("IWV", {"XOM": "Energy"}, 1)])
    apply(store, [say("IWV", {"XOM": "Utilities"}, 5)])
    said = read(store, "XOM", DAY.replace(day=4))
    assert said == {vote("iShares", "Energy", 1, "IWV")}
    assert read(store, "XOM", DAY - dt.timedelta(1)) == set()


def test_proxies_never_vote_and_universes_are_lists(store: Store) -> None:
    apply(store, [say("SPY", {"XOM": "Utilities"}, proxy=True, issuer=None)])
    apply(store, [say("XLE", {"XOM": "Energy"}, proxy=True, issuer=None)])
    apply(store, [say("sp500", {"XOM": "Energy"}, issuer=None, kind=GroupType.UNIVERSE)])
    assert read(store, "XOM") == {vote("hand", "Energy", 1, "sp500", kind="list")}


def test_holding_a_stock_is_a_select_sector_funds_label(store: Store) -> None:
    plain = make_snapshot({"XOM": 1.0}, DAY)
    key = GroupKey("TEST", GroupType.ETF, "XLE")
    apply(store, [DesiredGroup(key, snapshots=(plain,))])
    assert read(store, "XOM") == {vote("Select Sector", "Energy", 1, "XLE", kind="membership")}


def test_what_has_no_symbol_votes_once_it_is_a_stock(store: Store) -> None:
    """By the label of its row, and by the fund that holds it."""
    nameless = Ref(None, name="Exxon", cusip="30231G102")
    xle = replace(make_printed(DAY, {nameless: 1.0}), sectors=("Oil",), issuer="State Street")
    apply(store, [make_fund("XLE", xle)])
    assert read(store, "XOM") == set()
    told = make_printed(DAY, {Ref("XOM", ticker="XOM", cusip="30231G102"): 1.0})
    apply(store, [make_fund("IWV", told)])
    assert read(store, "XOM") == {
        vote("State Street", "Oil", 1, "XLE"),
        vote("Select Sector", "Energy", 1, "XLE", kind="membership"),
    }


def test_of_two_files_of_one_day_the_one_recorded_last_counts_and_a_retraction_takes_it_back(
    connection: Connection, store: Store
) -> None:
    apply(store, [say("IWV", {"XOM": "Utilities"}, 1)])
    better = say("IWV", {"XOM": "Energy"}, 1)
    apply(store, [better])
    assert read(store, "XOM") == {vote("iShares", "Energy", 1, "IWV")}
    connection.execute(
        "UPDATE stockgroups.snapshots SET ref_ids = NULL, is_retraction = true WHERE id = 2"
    )
    assert read(store, "XOM") == set()


def screen(connection: Connection, number: int, day: int, symbol: str, sector: str) -> None:
    """A directory of the screener with this stock alone."""
    connection.execute(
        "INSERT INTO stockgroups.directories"
        " (source, as_of, file_name, sha256, reader, entry_count, receipt)"
        " VALUES ('nasdaq_screener', %s, 'f.json', %s, 'r', 1, '{}')",
        (DAY.replace(day=day), bytes([number])),
    )
    connection.execute(
        "INSERT INTO stockgroups.listings (directory_id, symbol, ticker, is_test, sector,"
        " industry) VALUES (%s, %s, %s, false, %s, 'Integrated oil Companies')",
        (number, symbol, symbol, sector),
    )


def test_the_screener_says_what_its_newest_directory_says(
    connection: Connection, store: Store
) -> None:
    apply(store, [say("IWV", {"XOM": None, "V": None}, 1)])
    for number, (day, sector) in enumerate([(2, "Finance"), (3, "Energy"), (1, "Utilities")], 1):
        screen(connection, number, day, "XOM", sector)
    (said,) = read(store, "XOM")
    assert (said.kind, said.label, said.as_of.day) == (Kind.SCREENER, "Energy", 3)
    assert said.industry == "Integrated oil Companies"
    (said,) = read(store, "XOM", DAY.replace(day=2))
    assert said.label == "Finance"
    assert read(store, "V") == set()


def rename(connection: Connection, label: str) -> None:
    """FB became META on the fifth, shown under a label; since the seventh FB is another stock."""
    connection.execute("DELETE FROM stockgroups.security_symbols")
    connection.execute("DELETE FROM stockgroups.securities")
    connection.execute(
        "INSERT INTO stockgroups.securities (id, environment, symbol)"
        " VALUES (91, 'TEST', %s), (92, 'TEST', 'FB')",
        (label,),
    )
    connection.execute(
        "INSERT INTO stockgroups.security_symbols VALUES"
        " ('TEST', 'FB', '-infinity', '2026-07-05', 91),"
        " ('TEST', 'META', '2026-07-05', 'infinity', 91),"
        " ('TEST', 'FB', '2026-07-07', 'infinity', 92)"
    )


def test_the_screeners_newest_word_on_a_stock_is_under_its_new_symbol(
    connection: Connection, store: Store
) -> None:
    apply(store, [say("IWV", {"FB": None, "META": None}, 1)])
    rename(connection, "META")
    screen(connection, 1, 1, "FB", "Finance")
    screen(connection, 2, 6, "META", "Technology")
    (said,) = read(store, "META")
    assert (said.label, said.as_of.day) == ("Technology", 6)


def test_a_stock_whose_symbol_another_has_today_keeps_its_votes(
    connection: Connection, store: Store
) -> None:
    apply(store, [say("IWV", {"FB": "Communication"}, 1)])
    rename(connection, "FB-202607")
    assert read(store, "FB-202607") == {vote("iShares", "Communication", 1, "IWV")}
    assert read(store, "FB") == set()


def test_labels_follow_a_stock_through_its_symbols(connection: Connection, store: Store) -> None:
    apply(store, [say("IWV", {"FB": "Communication"}, 1)])
    apply(store, [say("VTI", {"META": "Software"}, 9, issuer="Vanguard")])
    rename(connection, "META")
    assert read(store, "META") == {
        vote("iShares", "Communication", 1, "IWV"),
        vote("Vanguard", "Software", 9, "VTI"),
    }
    assert read(store, "FB") == set()


def test_the_order_of_loading_makes_no_difference(
    connection: Connection, store: Store, catalog: Catalog
) -> None:
    groups = [
        say("IWV", {"XOM": "Energy", "V": "Financials"}, 2),
        say("IWB", {"XOM": "Utilities", "V": "Energy"}, 2),
        say("IWM", {"V": "Industrials"}, 3),
        say("VTI", {"XOM": "Gold"}, 1, issuer="Vanguard"),
        say("SCHD", {"XOM": "Energy"}, 4, issuer="Schwab"),
    ]
    found = []
    for order in random.Random(7).sample(list(itertools.permutations(groups)), 4):
        with connection.transaction(force_rollback=True):
            for group in order:
                apply(store, [group])
            found.append({s: answer(store, catalog, s) for s in ("XOM", "V")})
    assert all(other == found[0] for other in found)


def test_one_environment_knows_nothing_of_anothers_labels(
    connection: Connection, store: Store
) -> None:
    theirs = say("IWV", {"XOM": "Utilities"}, 9)
    key = GroupKey("UAT", GroupType.ETF, "IWV")
    apply(Store(connection, "UAT"), [replace(theirs, key=key)])
    apply(store, [say("IWV", {"XOM": "Energy"}, 1)])
    assert read(store, "XOM") == {vote("iShares", "Energy", 1, "IWV")}


def test_the_stocks_are_those_that_are_asked_for_or_that_funds_hold_now(store: Store) -> None:
    apply(store, [say("IWV", {"XOM": "Energy", "CVX": "Energy"}, 1)])
    apply(store, [say("IWB", {"V": "Financials"}, 1)])
    apply(store, [say("IWV", {"CVX": "Energy"}, 2)])

    def symbols(asked: list[str] | None) -> set[str]:
        evidence = read_evidence(store, symbols=asked)
        return {symbol for found, _ in evidence.alike for symbol in found}

    assert symbols(None) == {"CVX", "V"}
    assert symbols(["XOM", "V"]) == {"XOM", "V"}
    assert symbols([]) == set()


def test_stocks_of_which_the_same_is_said_share_their_votes(store: Store) -> None:
    labels: dict[str, str | None] = {"XOM": "Energy", "CVX": "Energy", "V": "Financials"}
    apply(store, [say("IWV", labels, 1)])
    evidence = read_evidence(store)
    assert sorted(found for found, _ in evidence.alike) == [["CVX", "XOM"], ["V"]]


def test_labels_that_no_table_knows_are_found_where_they_stand(store: Store) -> None:
    apply(store, [say("IWV", {"A": "Energy", "B": "Other", "C": "Windmills"}, 1)])
    (found,) = find_unknown_labels(store)
    assert (found.label, found.group, found.file_name) == ("Windmills", "IWV", "file.csv")


def test_a_snapshot_type_of_ours_is_no_source(store: Store) -> None:
    own: Snapshot = make_snapshot({"XOM": None}, DAY, sectors=("Utilities",))
    key = GroupKey("TEST", GroupType.SECTOR, "utilities")
    apply(store, [DesiredGroup(key, snapshots=(own,))])
    assert read(store, "XOM") == set()


def test_each_source_has_its_last_word_on_stocks_that_came_and_went(
    connection: Connection, store: Store
) -> None:
    words = ["Energy", "Utilities", "Gold"]
    stocks = ["XOM", "V", "KO", "PG", "T"]
    issuers = {"IWV": "iShares", "IWB": "iShares", "VTI": "Vanguard"}
    for seed in range(12):
        dice = random.Random(seed)
        said: dict[tuple[str, int], dict[str, str | None]] = {}
        for fund in issuers:
            for day in dice.sample(range(1, 12), 5):
                held = dice.sample(stocks, dice.randrange(1, 5))
                said[fund, day] = {symbol: dice.choice(words) for symbol in held}
        places = list(said)
        dice.shuffle(places)
        for fund, day in places:
            apply(store, [say(fund, said[fund, day], day, issuer=issuers[fund])])
        for on in (dice.randrange(1, 12), 28):
            for symbol in stocks:
                last: dict[str, tuple[int, str]] = {}
                for (fund, day), labels in said.items():
                    if day <= on and symbol in labels:
                        issuer = issuers[fund]
                        last[issuer] = max(last.get(issuer, (0, "")), (day, fund))
                assert read(store, symbol, DAY.replace(day=on)) == {
                    vote(issuer, str(said[fund, day][symbol]), day, fund)
                    for issuer, (day, fund) in last.items()
                }, (seed, symbol, on)
        connection.execute(
            "TRUNCATE definition_groups, group_memberships, stockgroups.group_registry,"
            " stockgroups.snapshots, stockgroups.membership_history, stockgroups.ref_runs"
        )
