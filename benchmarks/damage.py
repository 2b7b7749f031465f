"""Damage every holdings file of a folder in many ways, and count what is refused or silent.

    python -m benchmarks.damage FOLDER

Each damaged file is judged in three situations: alone; beside the whole file of its date; after the
earlier file of its fund, where the folder has one. "The same" are damaged files of which the same
members with the same weights are read.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from stockgroups.catalog import Catalog, load_catalog
from stockgroups.errors import StockgroupsError
from stockgroups.model import Snapshot
from stockgroups.readers import ReadResult, read_holdings
from stockgroups.readers.containers.document import open_document
from stockgroups.readers.containers.spreadsheetml import is_spreadsheetml
from stockgroups.record.guards import Report, check_file
from stockgroups.suspicions import Guard

Rows = list[list[Any]]
SHARES = (0.5, 0.8, 0.9, 0.95, 0.99)
FACTORS = (10.0, 100.0, 0.01)
FIGURES = (
    *("Market Value", "MarketValue", "Market value", "market value ($)", "MARKET VALUE"),
    *("Market value*", "marketVal", "marketValue"),
)
WEIGHTS = (
    *("Weight (%)", "Weight", "% TNA", "weight (%)", "weight(%)", "Index Weight"),
    *("Percent of Assets", "% OF FUNDS*", "% OF FUNDS", "% of fund*"),
    *("mktValPercent", "percentWeight"),
)
LISTS = ("holdingDetailItem", "entity")  # of Vanguard's JSON
SITUATIONS = ("alone", "beside the whole file", "after an earlier file")
OUTCOMES = ("refused", "the same", "silent")


@dataclass(frozen=True)
class Whole:
    """A file that is read, its rows, where its table begins and ends, and how rows are written."""

    path: Path
    result: ReadResult
    rows: Rows
    first: int
    last: int
    write: Callable[[Rows], bytes]
    suffix: str = ".csv"

    @property
    def snapshot(self) -> Snapshot:
        return self.result.snapshot


def main() -> int:
    """Print the table, and the whole files that are refused; exit 1 when there are any."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.damage", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="name what is silent")
    args = parser.parse_args()
    catalog = load_catalog()
    wholes = list(_read_wholes(args.folder, catalog))
    counts: Counter[tuple[str, str, str]] = Counter()
    for whole in wholes:
        for kind, data in _damage(whole):
            for situation, outcome in _judge(whole, data, wholes, catalog):
                counts[kind, situation, outcome] += 1
                if args.verbose and outcome == "silent":
                    print(f"{whole.path.name}: {kind}, {situation}")
    _print(counts)
    refused = [told for whole in wholes if (told := _refusal(whole, wholes))]
    print(f"\n{len(wholes)} whole files, {len(refused)} of them refused")
    print("\n".join(refused))
    return 1 if refused else 0


def _read_wholes(folder: Path, catalog: Catalog) -> Iterator[Whole]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in {".csv", ".xls", ".xlsx", ".json"}:
            continue
        try:
            result = read_holdings(path, path.name, catalog)
        except StockgroupsError:
            continue
        if path.suffix.lower() == ".json":
            yield _open_json(path, result)
            continue
        is_xml = is_spreadsheetml(path.read_text("utf-8-sig", "replace")[:4000])
        rows = [cells for _, cells in open_document(path.read_bytes(), path.name).rows()]
        header = next(
            (at for at, cells in enumerate(rows) if {c.strip() for c in cells} & set(WEIGHTS)), None
        )
        if header is None:
            continue
        width = len([c for c in rows[header] if c.strip()])
        last = header
        while last + 1 < len(rows) and sum(1 for c in rows[last + 1] if c.strip()) > width // 3:
            last += 1
        write, suffix = (_write_xml, ".xls") if is_xml else (_write, ".csv")
        yield Whole(path, result, rows, header + 1, last + 1, write, suffix)


def _open_json(path: Path, result: ReadResult) -> Whole:
    value = json.loads(path.read_text("utf-8-sig"), parse_float=str, parse_int=str)
    place, name = next(_find_lists(value))
    items: list[dict[str, Any]] = place[name]
    labels: list[Any] = list(dict.fromkeys(key for item in items for key in item))

    def write(rows: Rows) -> bytes:
        place[name] = [
            {key: cell for key, cell in zip(labels, row, strict=True) if cell is not None}
            for row in rows[1:]
        ]
        return json.dumps(value).encode()

    cells: Rows = [[item.get(label) for label in labels] for item in items]
    return Whole(path, result, [labels, *cells], 1, 1 + len(items), write, ".json")


def _find_lists(value: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _find_lists(item)
    elif isinstance(value, dict):
        yield from ((value, key) for key in LISTS if isinstance(value.get(key), list))
        for item in value.values():
            yield from _find_lists(item)


def _damage(whole: Whole) -> Iterator[tuple[str, bytes]]:
    rows, first, last, write = whole.rows, whole.first, whole.last, whole.write
    count = last - first
    for share in SHARES:
        end = first + max(1, int(share * count))
        if end < last:
            data, cut = write(rows[:end]), write(rows[: end + 1])
            yield f"cut behind {share:.0%} of the rows", data
            at = (
                next(n for n, pair in enumerate(zip(data, cut, strict=False)) if len({*pair}) > 1)
                if not cut.startswith(data)
                else len(data)
            )
            yield f"cut inside a row, {share:.0%}", cut[: at + (len(cut) - len(data)) // 2]
            cell = cut[at:].split(b",")[0].strip(b'"\r\n')
            yield f"cut after a row's first cell, {share:.0%}", cut[:at] + cell
    middle, tenth = first + count // 2, max(1, count // 10)
    yield "a tenth of the rows twice", write(rows[: middle + tenth] + rows[middle:])
    yield "a tenth of the rows left out", write(rows[:middle] + rows[middle + tenth :])
    yield "the largest row left out", write(rows[:first] + rows[first + 1 :])
    yield "a middle row left out", write(rows[:middle] + rows[middle + 1 :])
    labels = [cell.strip() for cell in rows[first - 1]]
    for name, wanted in (("market value", FIGURES), ("weight", WEIGHTS)):
        column = next((labels.index(label) for label in wanted if label in labels), None)
        if column is None:
            continue
        for place, row in (("the largest", first), ("a middle", middle)):
            for factor in FACTORS:
                scaled = _scale(rows[row], column, factor)
                if scaled:
                    data = write([*rows[:row], scaled, *rows[row + 1 :]])
                    yield f"{place} row's {name} × {factor:g}", data


def _scale(row: Sequence[str], column: int, factor: float) -> list[str] | None:
    text = (row[column] or "").strip().strip("$%")
    try:
        figure = float(text.replace(",", ""))
    except ValueError:
        return None
    scaled = list(row)
    scaled[column] = row[column].replace(text, f"{figure * factor:.6f}")
    return scaled


def _write(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _write_xml(rows: Rows) -> bytes:
    cells = '<ss:Cell><ss:Data ss:Type="String">{}</ss:Data></ss:Cell>'
    body = "".join(
        f"<ss:Row>{''.join(cells.format(escape(cell)) for cell in row)}</ss:Row>" for row in rows
    )
    space = 'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    table = f'<ss:Worksheet ss:Name="Holdings"><ss:Table>{body}</ss:Table></ss:Worksheet>'
    return f'<?xml version="1.0"?><ss:Workbook {space}>{table}</ss:Workbook>'.encode()


def _judge(
    whole: Whole, data: bytes, wholes: Sequence[Whole], catalog: Catalog
) -> Iterator[tuple[str, str]]:
    earlier = _earlier(whole, wholes)
    situations = {SITUATIONS[0]: (), SITUATIONS[1]: (whole,)}
    if earlier is not None:
        situations[SITUATIONS[2]] = (earlier,)
    name = whole.path.with_suffix(whole.suffix).name
    try:
        snapshot = read_holdings(data, name, catalog, as_of=whole.snapshot.as_of).snapshot
    except StockgroupsError:
        yield from ((situation, "refused") for situation in situations)
        return
    for situation, neighbours in situations.items():
        yield situation, _outcome(whole, snapshot, neighbours)


def _outcome(whole: Whole, snapshot: Snapshot, neighbours: Sequence[Whole]) -> str:
    if refuse_beside(snapshot, [near.snapshot for near in neighbours]):
        return "refused"
    return "the same" if is_same(whole.snapshot, snapshot) else "silent"


def refuse_beside(snapshot: Snapshot, neighbours: Sequence[Snapshot]) -> str | None:
    """Return why a snapshot is refused beside others of its fund, if it is."""
    reports = tuple(map(_report, neighbours))
    today = dt.datetime.now(dt.UTC).date()
    try:
        check_file("", _report(snapshot), reports, (), 0.0, today, frozenset({Guard.FUTURE}))
    except StockgroupsError as error:
        return str(error)
    return None


def _refusal(whole: Whole, wholes: Sequence[Whole]) -> str | None:
    """Return why a whole file is refused after the earlier one of its fund, if it is."""
    earlier = _earlier(whole, wholes)
    told = earlier and refuse_beside(whole.snapshot, [earlier.snapshot])
    return f"{whole.path.name}: {told}" if told else None


def _earlier(whole: Whole, wholes: Sequence[Whole]) -> Whole | None:
    before = [
        other
        for other in wholes
        if other.result.fund == whole.result.fund and _date(other) < _date(whole)
    ]
    return max(before, key=_date, default=None)


def _date(whole: Whole) -> dt.date:
    assert whole.snapshot.as_of is not None
    return whole.snapshot.as_of


def _report(snapshot: Snapshot) -> Report:
    assert snapshot.as_of is not None
    return Report(snapshot.as_of, weights_of(snapshot))


def weights_of(snapshot: Snapshot) -> dict[str, float | None]:
    """Return the members' weights by symbol."""
    weights = snapshot.weights or (None,) * len(snapshot.refs)
    pairs = zip(snapshot.refs, weights, strict=True)
    return {ref.symbol: weight for ref, weight in pairs if ref.symbol is not None}


def is_same(one: Snapshot, other: Snapshot) -> bool:
    """Tell whether members and weights are equal but for what a changed sum does to all."""
    if set(one.symbols) != set(other.symbols):
        return False
    weights = _report(one).weights, _report(other).weights
    return all(
        isclose(weights[0][s] or 0.0, weights[1][s] or 0.0, rel_tol=0.004, abs_tol=1e-5)
        for s in one.symbols
    )


def _print(counts: Counter[tuple[str, str, str]]) -> None:
    kinds = dict.fromkeys(kind for kind, _, _ in counts)
    print("| damage | " + " | ".join(SITUATIONS) + " |")
    print("|---|" + "---|" * len(SITUATIONS))
    for kind in kinds:
        cells = [
            " / ".join(str(counts[kind, situation, outcome]) for outcome in OUTCOMES)
            for situation in SITUATIONS
        ]
        print(f"| {kind} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    sys.exit(main())
