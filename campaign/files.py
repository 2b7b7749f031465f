"""Files that are damaged in many ways: read as they were, or refused, or the change is told.

A damaged file is read alone, then held beside the whole one of its date, as a load does. Files made
by hand stand for every format; real ones join them where there is a folder of them.
"""

from __future__ import annotations

import functools
import os
import random
import resource
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import fsum
from pathlib import Path

from benchmarks.damage import is_same, refuse_beside, weights_of

from campaign.attack import Attack, Fault, Step, Tally
from campaign.damage import damage
from directory_files import make_listed, make_other, make_screener, make_tickers, make_traded
from readers.accounts import DAY, check_directory, check_snapshot
from readers.biff_files import biff_workbook
from readers.builders import CATALOG, receipt_of
from readers.layouts import LAYOUTS
from readers.positions import POSITIONS
from readers.printing import CSV, RESAVED, write_workbook
from stockgroups.errors import (
    GuardError,
    ReaderBugError,
    SourceError,
    StockgroupsError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.model import Category, Snapshot
from stockgroups.readers import read_funds
from stockgroups.readers.directories import read_directory
from stockgroups.readers.lists.constituents import read_constituents
from stockgroups.suspicions import Guard

MEMORY = 3 * 1024**3
LARGEST_SAMPLE = 300_000
ACCEPTING = 0.2
"""How often everything is accepted: then the account alone is judged."""
MOST_MOVED = 0.03
"""So much of a fund may be missing in a whole file of some layouts (docs/receipts.md)."""

Wholes = Mapping[str, Snapshot]
Read = Callable[[bytes, str, frozenset[str]], dict[str, Snapshot]]


def read_fund(data: bytes, name: str, accept: frozenset[str]) -> dict[str, Snapshot]:
    """Read the holdings of all funds of a file; return the snapshots by fund."""
    found: dict[str, Snapshot] = {}
    refused: StockgroupsError | None = None
    for reading in read_funds(data, name, CATALOG, as_of=DAY, accept=accept):
        if reading.result is None:
            refused = reading.error
            if isinstance(refused, ReaderBugError):
                raise refused
        else:
            check_snapshot(reading.result.snapshot)
            found[reading.result.fund] = reading.result.snapshot
    if not found and refused is not None:
        raise refused
    return found


def read_list(data: bytes, name: str, _: frozenset[str]) -> dict[str, Snapshot]:
    """Read a symbol directory, of which no fund is known."""
    check_directory(read_directory(data, name, as_of=DAY))
    return {}


def read_members(data: bytes, name: str, accept: frozenset[str]) -> dict[str, Snapshot]:
    """Read a list of constituents."""
    snapshot = read_constituents(data, name, CATALOG, as_of=DAY, accept=accept)
    check_snapshot(snapshot)
    return {"": snapshot}


CONSTITUENTS = (
    "Symbol,Security,GICS Sector,Date added\nMMM,3M,Industrials,1957-03-04\nBRK.B,B,Energy,\n",
    "Company Name,Industry,Symbol,Series,ISIN Code\nInfosys,IT,INFY,EQ,INE009A01021\n",
    "symbol,name,opt-in,opt-out\nAA,Alcoa,1959-06-01,1999-11-01\nAAPL,Apple,2015-03-19,\n",
    '[{"symbol": "MMM", "weight": "60%"}, {"symbol": "AAPL", "weight": "40%"}]',
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A whole file, how it is read, and what it says of its funds; nothing where it is refused."""

    read: Read
    name: str
    data: bytes
    wholes: Wholes = field(default_factory=dict)


@contextmanager
def prepare() -> Iterator[Step]:
    """Read the whole files, and yield what damages one of them."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    made, real = list(make_samples()), list(find_samples())
    yield functools.partial(damage_one, [made, made, real] if real else [made])


def damage_one(kinds: list[list[Sample]], chance: random.Random, tally: Tally) -> None:
    """Damage one of the samples, and judge what is read."""
    samples = chance.choice(kinds)
    sample = chance.choice(samples)
    data = damage(sample.data, chance.choice(samples).data, chance)
    accepts = chance.random() < ACCEPTING
    try:
        found = sample.read(data, sample.name, frozenset(Guard) if accepts else frozenset())
    except ReaderBugError as error:
        tally.add("failed")
        tally.violate(Fault.UNTYPED, f"{sample.name}: {error.__cause__!r}")
    except (SourceError, GuardError) as error:
        str(error).encode()
        tally.add("refused")
    except AssertionError as error:
        tally.add("wrong account")
        tally.violate(Fault.SILENT, f"{sample.name}: the account does not add up: {error}")
    else:
        tally.add("accepted" if accepts else _judge_all(sample, found, tally))


def _judge_all(sample: Sample, found: Wholes, tally: Tally) -> str:
    outcome = "as before"
    for fund, snapshot in found.items():
        whole = sample.wholes.get(fund)
        if whole is None:
            outcome = ELSE
            continue
        outcome = judge(whole, snapshot)
        if outcome == SILENT:
            tally.violate(Fault.SILENT, f"{sample.name}: {_tell_difference(whole, snapshot)}")
    return outcome


SILENT, OPEN = "silent", "left open"
ELSE = "of something else"
"""Of another fund, or another date."""


def judge(whole: Snapshot, damaged: Snapshot) -> str:
    """Return what became of a damaged file that was read, beside the whole one.

    It is silent where members are gone for whom nobody came, or where more of the fund has moved
    than a whole file leaves open, and neither a guard nor the receipt says more than before. A
    smaller difference no program can tell from another file of that fund; nor another value, where
    a file tells the size of each row once.
    """
    if refuse_beside(damaged, [whole]):
        return "refused beside the whole"
    if whole.as_of != damaged.as_of:
        return ELSE
    if is_same(whole, damaged):
        return "as before"
    if _told(damaged) - _told(whole):
        return "told"
    if set(damaged.symbols) < set(whole.symbols):
        return SILENT
    if _is_told_once(whole) and set(damaged.symbols) == set(whole.symbols):
        return OPEN
    return SILENT if _moved(whole, damaged) > MOST_MOVED else OPEN


def _is_told_once(whole: Snapshot) -> bool:
    """Tell whether a file has values and no weights: another value of a stock is as good."""
    receipt = receipt_of(whole)
    return receipt.printed_weight is None and receipt.basis == "market value"


def _told(snapshot: Snapshot) -> Counter[str]:
    """Return what a receipt tells, and how often."""
    receipt = receipt_of(snapshot)
    rows = {str(category): count for category, count in receipt.rows.items()}
    rows.pop(str(Category.MEMBER), None)
    words = [suspicion.message for suspicion in receipt.suspicions]
    words += [*receipt.notes, *receipt.unknown_columns, *receipt.unknown_classes]
    return Counter(rows) + Counter(words)


def _moved(whole: Snapshot, damaged: Snapshot) -> float:
    """Return how much of the fund is elsewhere, whatever those who went and came are called."""
    before, after = _weights(whole), _weights(damaged)
    gone = fsum(before[symbol] for symbol in before.keys() - after.keys())
    came = fsum(after[symbol] for symbol in after.keys() - before.keys())
    changed = fsum(abs(before[symbol] - after[symbol]) for symbol in before.keys() & after.keys())
    return abs(gone - came) + changed / 2


def _weights(snapshot: Snapshot) -> dict[str, float]:
    return {symbol: weight or 0.0 for symbol, weight in weights_of(snapshot).items()}


def _tell_difference(whole: Snapshot, damaged: Snapshot) -> str:
    gone, came = (
        set(whole.symbols) - set(damaged.symbols),
        set(damaged.symbols) - set(whole.symbols),
    )
    return (
        f"{len(gone)} of {len(whole.symbols)} members gone, {len(came)} came, "
        f"{_moved(whole, damaged):.1%} of the fund elsewhere, and nothing tells"
    )


def make_samples() -> Iterator[Sample]:
    """Yield one file and more of every format and directory, made by hand."""
    for layout in LAYOUTS:
        rows = [[column(position) for column in layout.columns.values()] for position in POSITIONS]
        for above in layout.above:
            for below in layout.below:
                sheet = [*above, list(layout.columns), *rows, *below]
                resaved = RESAVED if layout.writers[-1] in CSV else ()
                old = (biff_workbook,) if write_workbook in layout.writers else ()
                for write in (*layout.writers, *resaved, *old):
                    yield _make(read_fund, layout.file_name, write(sheet))
    golden = Path(__file__).parents[1] / "tests" / "readers" / "golden"
    for path in sorted(golden.iterdir()):
        if path.suffix != ".golden":
            yield _make(read_fund, path.name, path.read_bytes())
    odd = (7, "Odd Inc.", "ODD", None)
    directories = (
        make_traded(["A", "BRK.B"], rows=["Y|A$B|C|N| |N|100|N||ApB|A-B|N"], tests=["ZVV"]),
        make_listed(["AAPL"]),
        make_other(["IBM"], rows=["ABR$D|Name|N|ABRpD|N|100|N|ABR-D"]),
        make_tickers((1, "Apple Inc.", "AAPL", "Nasdaq"), (2, "B", "BRK-B", "NYSE"), odd),
        make_screener({"symbol": "BRK/B", "ipoyear": "1999"}, {"symbol": "ABR^D", "sector": "X"}),
    )
    for data in directories:
        yield Sample(read_list, "list_2026-05-12.txt", data)
    for text in CONSTITUENTS:
        yield _make(read_members, "list_2026-05-12.txt", text.encode())


def find_samples() -> Iterator[Sample]:
    """Yield the small files of the folder of real ones, where there is one."""
    named = os.environ.get("HOLDINGS_DIR")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "holdings"
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path.suffix != ".md" and path.stat().st_size <= LARGEST_SAMPLE:
            data = path.read_bytes()
            for read in (read_fund, read_list):
                if _knows(read, path.name, data):
                    yield _make(read, path.name, data)


def _make(read: Read, name: str, data: bytes) -> Sample:
    try:
        return Sample(read, name, data, read(data, name, frozenset()))
    except (SourceError, GuardError):
        return Sample(read, name, data)


def _knows(read: Read, name: str, data: bytes) -> bool:
    try:
        read(data, name, frozenset())
    except (SourceError, GuardError) as error:
        return not isinstance(error, UnrecognisedFileError | UnsupportedFileError)
    return True


ATTACK = Attack("files", "damaged files", 100_000, 30, prepare)
