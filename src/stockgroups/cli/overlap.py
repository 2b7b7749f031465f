"""Show what funds share: the names, and by weight the smaller of each stock's weights, summed.

With one name the funds that share most with it are listed, with --all every pair of funds. A name
is a fund's ticker; other groups are named with their type (universe:sp500), and as they have no
weights, only their names are compared.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from stockgroups.cli.answers import origin
from stockgroups.cli.flags import add_moment_flags, read_moment_flags
from stockgroups.cli.output import make_table, percent, warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_plot_flag, add_table_flags, emit, read_limit
from stockgroups.errors import UsageError
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import Any

    from stockgroups.analytics.funds import Fund
    from stockgroups.analytics.portfolios.nearest import NearestAnswer
    from stockgroups.analytics.portfolios.overlap_answers import OverlapAnswer
    from stockgroups.analytics.portfolios.overlap_matrix import OverlapMatrix

MOST_SHOWN = 20
"""Stocks, or pairs, in the text."""
MOST_NEAREST = 10
"""Funds that are listed for one name."""
_MOST_ALONE = 8
"""Stocks that are named of those in one group alone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `overlap`."""
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help="a fund, or another group with its type"
    )
    parser.add_argument("--all", action="store_true", help="compare every two funds")
    add_moment_flags(parser)
    add_table_flags(parser)
    add_plot_flag(parser, "a heat map of the overlap, or bars for one name,")


def run(args: argparse.Namespace) -> int:
    """Compare, and print."""
    if bool(args.names) == args.all:
        raise UsageError(
            "name the funds to compare, or compare all",
            remedy="`stockgroups overlap SPY QQQ`, or `stockgroups overlap --all`",
        )
    how, limit = read_moment_flags(args), read_limit(args)
    answer: OverlapAnswer | NearestAnswer | OverlapMatrix
    with open_database(args) as db:
        draw = "draw_overlap"
        if args.all:
            answer = db.overlap_matrix(**how)
            show: Callable[[Any, int], list[str]] = show_matrix
        elif len(args.names) == 1:
            answer = db.nearest(args.names[0], limit=limit or MOST_NEAREST, **how)
            show, draw = show_nearest, "draw_nearest"
        else:
            answer = db.overlap(*args.names, **how)
            show = show_overlap
    emit(
        args,
        answer,
        lambda: show(answer, limit or MOST_SHOWN),
        limit=limit,
        draw=lambda charts: getattr(charts, draw)(answer),
        judge=db.state_of,
    )
    for warning in answer.warnings:
        warn(f"! {warning}")
    return 0


def show_overlap(answer: OverlapAnswer, most: int) -> list[str]:
    """Return the overlap of groups as lines, with at most `most` stocks."""
    lines = [
        f"{group.label} · {group.fund.answer.name} · {origin(group.fund.answer)}"
        for group in answer.groups
    ]
    rows = [
        (
            group.label,
            group.names,
            group.shared,
            percent(group.shared_names),
            percent(group.covered),
            _list_parts(group.fund),
        )
        for group in answer.groups
    ]
    headers = ["", "names", "shared", "of names", "of weight", "not in stocks"]
    lines += ["", *make_table(headers, rows), ""]
    if len(answer.groups) > 2:
        pairs = [
            (
                pair.a,
                pair.b,
                percent(pair.overlap),
                pair.shared,
                percent(pair.covered_a),
                percent(pair.covered_b),
            )
            for pair in answer.pairs
        ]
        headers = ["a", "b", "overlap", "names", "of a", "of b"]
        lines += [*make_table(headers, pairs), ""]
    common = answer.common
    by_weight = f"{percent(answer.overlap)} by weight, " if answer.overlap is not None else ""
    whose = "both" if len(answer.groups) == 2 else "all"
    lines.append(f"in {whose}: {by_weight}{count_of(len(common), 'name')}")
    if common:
        labels = [group.label for group in answer.groups]
        lines += make_table(
            ["symbol", *labels, whose, "name"],
            [
                (
                    row.symbol,
                    *(percent(row.weights[label]) for label in labels),
                    percent(row.overlap),
                    row.name,
                )
                for row in common[:most]
            ],
        )
    if len(common) > most:
        lines.append(f"… and {len(common) - most} more; --limit {len(common)} shows all")
    for group in answer.groups:
        alone = answer.only_in(group.label)
        if alone:
            named = " ".join(row.symbol for row in alone[:_MOST_ALONE])
            more = f" … and {len(alone) - _MOST_ALONE} more" if len(alone) > _MOST_ALONE else ""
            lines.append(f"only in {group.label}: {named}{more}")
    return lines


def show_nearest(answer: NearestAnswer, _: int) -> list[str]:
    """Return the funds that share most with one as lines."""
    fund = answer.fund
    lines = [f"{fund.label} · {fund.answer.name} · {origin(fund.answer)}"]
    if not answer.nearest:
        return [*lines, "no fund shares a stock with it"]
    rows = [
        (
            other.label,
            percent(pair.overlap),
            pair.shared,
            percent(pair.covered_a),
            percent(pair.covered_b),
            other.answer.as_of,
            other.answer.name,
        )
        for other, pair in answer.nearest
    ]
    headers = ["fund", "overlap", "names", f"of {fund.label}", "of the fund", "as of", "name"]
    return [*lines, *make_table(headers, rows)]


def show_matrix(answer: OverlapMatrix, most: int) -> list[str]:
    """Return the pairs with the largest overlap as lines."""
    pairs = heapq.nlargest(most, answer.pairs(), key=lambda pair: (pair[2] or 0.0, pair[3]))
    count = len(answer.labels) * (len(answer.labels) - 1) // 2
    lines = [f"{count_of(len(answer.labels), 'fund')}, {count_of(count, 'pair')}"]
    if pairs:
        rows = [(a, b, percent(overlap), shared) for a, b, overlap, shared in pairs]
        lines += make_table(["a", "b", "overlap", "names"], rows)
    if count > most:
        lines.append(f"… and {count - most} more; --csv prints all")
    return lines


def _list_parts(fund: Fund) -> str | None:
    """Return a text on the parts of a fund that are not stocks."""
    if not fund.has_weights:
        return "no weights"
    return (
        ", ".join(f"{part.label} {percent(weight)}" for part, weight in fund.beside.items()) or None
    )
