"""Real files of many dates, loaded in a shuffled order: the past is exactly what they say."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import random
from pathlib import Path

from stockgroups.catalog import Catalog
from stockgroups.jobs.history import load_history
from stockgroups.model import GroupKey, GroupType, Snapshot
from stockgroups.queries.changes import Period, find_group_changes
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.readers import read_holdings
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.interval_differences import find_differences
from stockgroups.store import Store
from stockgroups.symbols import parse_symbol

PATTERNS = (
    "ishares/IWV_*.csv",
    "ishares/IWM_*.csv",
    "ishares/IVV_*",
    "ssga/holdings-daily-us-en-spy_*",
    "ssga/holdings-daily-us-en-mdy_*",
    "invesco/QQQ_*",
)


def test_every_vintage_is_found_at_its_date(store: Store, catalog: Catalog, holdings: Path) -> None:
    files: list[tuple[str, Snapshot]] = []
    for pattern in PATTERNS:
        for path in sorted(holdings.glob(pattern)):
            result = read_holdings(path, path.name, catalog)
            files.append((result.fund, result.snapshot))
    assert len({fund for fund, _ in files}) == len(PATTERNS)
    random.Random(5).shuffle(files)
    for fund, snapshot in files:
        key = GroupKey("TEST", GroupType.ETF, fund)
        apply(store, [DesiredGroup(key, snapshots=(snapshot,))])
    assert list(find_differences(store)) == []

    standing = {(fund, snapshot.as_of): snapshot for fund, snapshot in files}
    today: dict[tuple[str, object], dict[str, str]] = {}
    for (fund, as_of), snapshot in standing.items():
        assert as_of is not None
        answer = find_group(store, GroupType.ETF, fund, Moment(as_of))
        assert answer.origin.as_of == as_of
        weights = dict(zip(snapshot.symbols, snapshot.weights or (), strict=True))
        found = {str(one.reported_symbol): one.weight for one in answer.holdings}
        # Prints that are one stock are one member, so that a file may have more lines.
        assert found.keys() <= weights.keys()
        assert (
            abs(sum(w or 0 for w in found.values()) - sum(w or 0 for w in weights.values())) < 1e-9
        )
        same = [symbol for symbol in found if found[symbol] == weights[symbol]]
        assert len(same) >= len(weights) - 2 * (len(weights) - len(found))
        today[fund, as_of] = {str(one.reported_symbol): one.symbol for one in answer.holdings}

    funds = sorted({fund for fund, _ in standing})
    for fund in funds:
        dates = sorted(as_of for name, as_of in standing if name == fund and as_of)
        for first, last in itertools.pairwise(dates):
            step = find_group_changes(store, fund, Period(first, last)).steps[0]
            told = step.to_dict({})
            was, now = today[fund, first], today[fund, last]
            renamed = {(c["former_symbol"], c["symbol"]) for c in told["renamed"]}
            stays = set(was.values()) & set(now.values())
            named_then = {current: printed for printed, current in was.items()}
            named_now = {current: printed for printed, current in now.items()}
            assert renamed == {
                (named_then[s], named_now[s]) for s in stays if named_then[s] != named_now[s]
            }
            added = {change["symbol"] for change in told["added"]}
            removed = {change["symbol"] for change in told["removed"]}
            # The plain difference of the two files, renames set apart.
            came, went = set(now) - set(was), set(was) - set(now)
            assert came == (added | {new for _, new in renamed}) - set(was)
            assert went == (removed | {old for old, _ in renamed}) - set(now)
            assert {named_now[s] for s in set(named_now) - set(named_then)} == added
            assert {named_then[s] for s in set(named_then) - set(named_now)} == removed


# What monthly lists of the S&P 500 have otherwise than the intervals, which end in July 2025: the
# first still has a company that was spun off and out within the month, the second is older than its
# name says and lacks the changes of May and June.
EXPLAINED = {
    "2023-07": ({"FTRE"}, set[str]()),
    "2024-07": ({"CMA", "ILMN", "PXD", "RHI"}, {"CRWD", "GDDY", "KKR", "VST"}),
}


def test_the_monthly_lists_agree_with_the_intervals(
    store: Store, catalog: Catalog, holdings: Path
) -> None:
    load_history(store, holdings / "pit" / "sp500_ticker_start_end.csv", "sp500")
    for month, (only_list, only_intervals) in EXPLAINED.items():
        path = holdings / "pit" / "index-constituents" / f"sp500_{month}.csv"
        with path.open(newline="") as lines:
            listed = {
                parse_symbol(row["Symbol"], catalog.share_classes) for row in csv.DictReader(lines)
            }
        moment = Moment(dt.date.fromisoformat(f"{month}-01"))
        answer = find_group(store, GroupType.UNIVERSE, "sp500", moment)
        members = {one.reported_symbol for one in answer.holdings}
        assert (listed - members, members - listed) == (only_list, only_intervals), month
