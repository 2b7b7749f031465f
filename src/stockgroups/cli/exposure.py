"""Show what a portfolio holds through its funds: by stock, sector, industry, theme or place.

Positions are written as NAME=AMOUNT, or come from a file with a column of symbols and one of
weights or values: VTI=40 QQQ=30 XLK=30. A name is a fund, a stock in any spelling, or a group with
weights and its type. An amount is a weight or a value, negative for a short position. A position's
share of the portfolio is its amount divided by the sum of all amounts. CASH_USD is cash.

Funds are replaced by their holdings, and so are the funds in them, if they are loaded. Positions
that are not stocks are listed separately: cash, derivatives, funds that are not loaded, unresolved
rows, and the part that a source leaves out.
"""

from __future__ import annotations

from math import fsum
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.analytics.portfolios.exposure_answers import ATTRIBUTES
from stockgroups.cli.answers import origin, show_notional
from stockgroups.cli.flags import add_moment_flags, read_moment_flags
from stockgroups.cli.output import make_table, percent, warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_plot_flag, add_table_flags, emit, read_limit
from stockgroups.errors import UsageError
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from stockgroups.analytics.portfolios.exposure_answers import ExposureAnswer, ExposureRow

MOST_SHOWN = 20
"""Rows of stocks in the text."""
_MOST_COLUMNS = 4
"""Positions that have a column each."""
_LEAST_SHORT = 0.001
"""Of the portfolio, from which on what is long and what is short have a column each."""
_LEAST_SHOWN = 5e-7
"""A smaller value is 0.0000 % in the text."""
_NAMED = ("sector", "industry", "theme")
"""By these a row is known by its name, else by its key."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `exposure`."""
    parser.add_argument(
        "positions", metavar="NAME=AMOUNT", nargs="*", help="a position: VTI=40, AAPL=10"
    )
    parser.add_argument(
        "--portfolio",
        metavar="FILE",
        help="a file of positions, in place of positions in the command",
    )
    parser.add_argument(
        "--by", choices=ATTRIBUTES, default=ATTRIBUTES[0], help="what the rows are (stock)"
    )
    add_moment_flags(parser)
    add_table_flags(parser)
    add_plot_flag(parser, "the exposure as bars")


def run(args: argparse.Namespace) -> int:
    """Compute the exposure, and print it."""
    if bool(args.positions) == bool(args.portfolio):
        raise UsageError(
            "give positions, or a file of them",
            remedy="`stockgroups exposure VTI=40 QQQ=30`, or "
            "`stockgroups exposure --portfolio FILE`",
        )
    limit, how = read_limit(args), read_moment_flags(args)
    portfolio = Path(args.portfolio) if args.portfolio else parse_positions(args.positions)
    with open_database(args) as db:
        answer = db.exposure(portfolio, args.by, **how)
    emit(
        args,
        answer,
        lambda: show(answer, limit or MOST_SHOWN),
        limit=limit,
        draw=lambda charts: charts.draw_exposure(answer),
        judge=db.state_of,
    )
    for warning in answer.warnings:
        warn(f"! {warning}")
    return 0


def parse_positions(words: Sequence[str]) -> dict[str, float]:
    """Return the amounts by name; a name given twice has their sum. Raises UsageError."""
    from stockgroups.readers.values.numbers import parse_number  # noqa: PLC0415 - for this alone

    amounts: dict[str, float] = {}
    for word in words:
        name, _, text = word.rpartition("=")
        try:
            amount = parse_number(text)
        except ValueError:
            amount = None
        if not name or amount is None:
            raise UsageError(
                f"{word!r} is not a position", remedy="write NAME=AMOUNT, such as VTI=40"
            )
        amounts[name] = amounts.get(name, 0.0) + amount
    return amounts


def show(answer: ExposureAnswer, most: int) -> list[str]:
    """Return the exposure as lines, with at most `most` rows of stocks."""
    lines = [f"{fund.label} · {fund.answer.name} · {origin(fund.answer)}" for fund in answer.funds]
    count = count_of(len(answer.positions), "position")
    lines += ["", f"{count}; the amounts sum to {answer.total:,.10g}"]
    is_alone = len(answer.positions) == 1
    rows = [
        (
            one.name,
            f"{one.amount:,.10g}",
            percent(one.weight),
            one.names if one.fund else None,
            percent(one.alone) if one.names and not is_alone else None,
            percent(one.overlap) if one.names and not is_alone else None,
            one.title,
        )
        for one in answer.positions
    ]
    headers = ["position", "amount", "weight", "stocks", "alone", "overlap", "name"]
    lines += [*make_table(headers, rows), "", *_show_items(answer, most), ""]
    return [*lines, *_show_figures(answer)]


def _show_items(answer: ExposureAnswer, most: int) -> list[str]:
    """Return the table of all positions, with their total."""
    stocks = [one for one in answer.items if one.stocks and one.key]
    others = [one for one in answer.items if not (one.stocks and one.key)]
    columns = [one.name for one in answer.positions]
    if not 1 < len(columns) <= _MOST_COLUMNS:
        columns = []
    has_short = any(one.short <= -_LEAST_SHORT for one in answer.items)
    shown: list[tuple[str | None, str | None, Sequence[ExposureRow]]] = [
        (*_name_row(answer.by, one), (one,)) for one in stocks[:most]
    ]
    if len(stocks) > most:
        rest = stocks[most:]
        shown.append((f"… and {len(rest)} more", f"--limit {len(stocks)} shows all", rest))
    shown += [(*_name_row(answer.by, one), (one,)) for one in others if one.key or _is_shown(one)]
    if answer.by != "theme":
        shown.append(("in all", None, answer.items))
    has_names = any(name for _, name, _ in shown)
    headers = [
        answer.by,
        "weight",
        *(("long", "short") if has_short else ()),
        *columns,
        *(("stocks",) if answer.by != "stock" else ()),
        *(("name",) if has_names else ()),
    ]
    rows = [
        (
            label,
            percent(fsum(one.weight for one in several)),
            *(
                (
                    percent(fsum(one.long for one in several)),
                    percent(fsum(one.short for one in several)),
                )
                if has_short
                else ()
            ),
            *(percent(fsum(one.through.get(column, 0.0) for one in several)) for column in columns),
            *((sum(one.stocks for one in several) or None,) if answer.by != "stock" else ()),
            *((name,) if has_names else ()),
        )
        for label, name, several in shown
    ]
    return make_table(headers, rows)


def _is_shown(row: ExposureRow) -> bool:
    return max(row.long, -row.short) >= _LEAST_SHOWN


def _name_row(by: str, row: ExposureRow) -> tuple[str | None, str | None]:
    """Return the label of a row, and the text beside it."""
    if row.key is None:
        return row.name, None
    if row.stocks:
        return (row.name, None) if by in _NAMED or row.name == row.key else (row.key, row.name)
    label = "not looked through" if row.part == "funds" else row.part.label
    return row.key, label if row.name == row.part.label else f"{row.name} ({label})"


def _show_figures(answer: ExposureAnswer) -> list[str]:
    """Return the portfolio's totals, its concentration, and the fund that adds least."""
    parts = ", ".join(
        f"{part.label} {percent(weight)}"
        for part, weight in answer.parts.items()
        if abs(weight) >= _LEAST_SHOWN
    )
    lines = [f"parts: {parts}"]
    if answer.notional is not None:
        through = answer.notional.through
        shares = ", ".join(f"{name} {percent(share)}" for name, share in through.items())
        only = f"; net by position: {shares}" if len(answer.positions) > 1 and shares else ""
        lines.append(f"{show_notional(answer.notional)}, not part of the sum{only}")
    figures = answer.concentration
    if figures.equal_stocks:
        # For as many stocks as there are, or more, the sum is always the same.
        counted = {weight: count for count, weight in sorted(figures.largest.items(), reverse=True)}
        largest = ", ".join(
            f"{f'{count} ' if count > 1 else ''}largest {percent(weight)}"
            for weight, count in sorted(counted.items(), key=itemgetter(1))
        )
        equal = f"{figures.equal_stocks:.1f} stocks of equal weight"
        lines.append(f"stocks: {largest}; HHI {figures.hhi:.4f}, as that of {equal}")
    least = answer.most_redundant
    if least is not None:
        lines.append(
            f"{least.name} adds least: {percent(least.alone)} of it is in stocks that no other "
            f"position holds"
        )
    return lines
