"""Show the receipt of a holdings file: what became of every row, and why.

For a fund: the receipt of its current source, or of the one that --as-of selects. For a file: what
a load would make of it; nothing is written, and no database is needed.
"""

from __future__ import annotations

import os
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.catalog import load_catalog
from stockgroups.cli.answers import show_notional
from stockgroups.cli.flags import add_accept, add_date_flag, choose_settings
from stockgroups.cli.output import make_table, name_rest, percent, shorten
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.model import Category
from stockgroups.suspicions import parse_accept
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.receipt import ReceiptAnswer
    from stockgroups.receipts import Receipt, ReceiptLine

SHOWN = 20
LONGEST_NAME = 40
# Rows of these categories are shown in full, because something failed or was decided.
IN_FULL = (Category.REJECTED, Category.UNRESOLVED, Category.MERGED)
IN_PART = (Category.UNLISTED, Category.OTHER, Category.DERIVATIVE, Category.CASH)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `receipt`."""
    parser.add_argument(
        "subject", metavar="TICKER|FILE", help="a fund, or the path of a holdings file"
    )
    add_date_flag(
        parser,
        "--as-of",
        "for a fund: the source that was effective on that date (YYYY-MM-DD); for a file: its "
        "date, if it has none",
    )
    add_accept(
        parser, "for a file: exit 0 even if this guard refuses it; the guards are those of `load`"
    )
    parser.add_argument(
        "--verbose", action="store_true", help="print every row that is not a member"
    )
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Show one receipt; return 1 if it does not add up, or if a load would refuse the file."""
    if is_file(args.subject):
        from stockgroups.jobs.receipt import read_receipt  # noqa: PLC0415 - not for --help

        catalog = load_catalog(choose_settings(args).catalog_dir)
        answer = read_receipt(Path(args.subject), catalog, as_of=args.as_of)
        refused = answer.is_refused(parse_accept(args.accept))
    else:
        with open_database(args) as db:
            answer = db.receipt(args.subject, args.as_of)
        refused = False
    emit(args, answer, lambda: show(answer, verbose=args.verbose))
    return 1 if answer.faults or refused else 0


def is_file(subject: str) -> bool:
    """Return whether the text means a path: it cannot be a ticker, or such a file exists."""
    from stockgroups.jobs.folder import SUFFIXES  # noqa: PLC0415 - not for --help

    path = Path(subject)
    separators = filter(None, (os.sep, os.altsep))
    if any(separator in subject for separator in separators) or path.suffix.lower() in SUFFIXES:
        return True
    try:
        return path.is_file()
    except OSError:  # the name is too long for the system
        return False


def show(answer: ReceiptAnswer, *, verbose: bool) -> list[str]:
    """Return a receipt as lines."""
    lines = [f"{answer.etf_symbol} · {answer.name or 'name unknown'}"]
    receipt = answer.receipt
    if receipt is None:
        return [*lines, "No receipt was recorded for it", "", *_provenance(answer)]
    lines += ["", *_table(receipt)]
    if answer.faults:
        lines += [f"✗ does not add up: {fault}" for fault in answer.faults]
    else:
        lines.append(f"✓ adds up: {count_of(answer.rows_read, 'row')} read, each accounted for")
    lines += [
        f"! suspicious ({suspicion.guard}): {suspicion.message}" for suspicion in receipt.suspicions
    ]
    if answer.resolved:
        texts = [f"{one.identifier} is {one.symbol}" for one in answer.resolved[:SHOWN]]
        more = ", …" if len(answer.resolved) > SHOWN else ""
        rows = count_of(len(answer.resolved), "row")
        lines.append(
            f"unresolved, and a member by other sources: {rows} ({', '.join(texts)}{more})"
        )
    if receipt.unnamed:
        lines.append(f"known by ISIN, without a ticker: {count_of(receipt.unnamed, 'member')}")
    lines += ["", *_weights(receipt)]
    if receipt.notional is not None and receipt.notional.is_known:
        lines.append(show_notional(receipt.notional))
    if receipt.notional is not None and receipt.notional.untold:
        rows = count_of(receipt.notional.untold, "row")
        lines.append(f"the notional of derivatives is not reported for {rows}")
    columns = ", ".join(receipt.unknown_columns)
    lines.append(f"! columns not understood: {columns}" if columns else "all columns understood")
    if receipt.unknown_classes:
        classes = ", ".join(receipt.unknown_classes)
        lines.append(f"! asset classes not understood, treated as other assets: {classes}")
    lines += [f"note: {note}" for note in receipt.notes]
    for category in (*IN_FULL, *IN_PART):
        lines += _rows(receipt, category, verbose=verbose)
    return [*lines, "", *_provenance(answer)]


def _table(receipt: Receipt) -> list[str]:
    weights = receipt.weights
    rows: list[tuple[str, int, str | None]] = [
        (
            category.value,
            receipt.rows.get(category, 0),
            percent(None if weights is None else weights.get(category, 0.0)),
        )
        for category in Category
    ]
    total = percent(None if weights is None else fsum(weights.values()))
    rows.append(("total", receipt.rows_read, total))
    return make_table(["outcome", "rows", "weight"], rows)


def _weights(receipt: Receipt) -> list[str]:
    printed = percent(receipt.printed_weight)
    if receipt.weights is None:
        return ["weights: none in the source"]
    merged = receipt.weight(Category.MERGED)
    members = percent(receipt.weight(Category.MEMBER) + merged)
    unit = f", read as {receipt.unit}" if receipt.unit else ""
    return [
        f"weights from: {receipt.basis}",
        f"sum as printed: {printed or 'none printed'}{unit}",
        f"sum of the members, merged rows included: {members}",
    ]


def _rows(receipt: Receipt, category: Category, *, verbose: bool) -> list[str]:
    found = [line for line in receipt.lines if line.category is category]
    if not found:
        return []
    shown = found if verbose or category in IN_FULL else found[:SHOWN]
    table = make_table(
        ["line", "ticker", "name", "weight", "reason"], [_cells(line) for line in shown]
    )
    rest = name_rest(found, shown, "--verbose prints all")
    return ["", f"{category} ({len(found)})", *table, *rest]


def _cells(line: ReceiptLine) -> tuple[object, ...]:
    return (
        line.line,
        line.ticker or "–",
        shorten(line.name or "–", LONGEST_NAME),
        percent(line.weight),
        line.reason,
    )


def _provenance(answer: ReceiptAnswer) -> list[str]:
    origin = answer.origin
    dated = f", from {answer.receipt.as_of_from}" if answer.receipt else ""
    recorded = origin.recorded_at.isoformat(timespec="seconds") if origin.recorded_at else None
    return [
        f"as of: {origin.as_of} ({origin.age_on()} days old{dated})",
        f"source: {origin.source}",
        f"proxy: {'yes, in place of an issuer file' if origin.is_proxy else 'no'}",
        f"file: {origin.file_name or 'none'}",
        f"sha256: {answer.sha256}",
        f"issuer: {answer.issuer or 'none'}",
        f"reader: {answer.reader}",
        f"net assets: {'not known' if answer.net_assets is None else f'{answer.net_assets:,.2f}'}",
        f"members: {answer.member_count}",
        f"recorded: {recorded or 'nowhere; this is what a load would make of the file'}",
    ]
