"""Questions of `query` about a day in the past, and how their answers look."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from stockgroups.cli.answers import wrap
from stockgroups.cli.flags import parse_date, parse_time
from stockgroups.cli.output import make_table, percent
from stockgroups.errors import UsageError
from stockgroups.model import GroupType

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from stockgroups.cli.session import Session
    from stockgroups.queries.answers import Origin
    from stockgroups.queries.moments import Moment
    from stockgroups.queries.past_answers import PastGroup, PastStatistics, PastStock, SymbolSpan

KINDS = {
    "etf": GroupType.ETF,
    "theme": GroupType.THEME,
    "universe": GroupType.UNIVERSE,
    "sector": GroupType.SECTOR,
}


def ask(session: Session, args: argparse.Namespace) -> tuple[Any, Callable[[Any], list[str]]]:
    """Return the answer and the function that shows it. Raise UsageError for --industry."""
    from stockgroups.queries import past  # noqa: PLC0415 - not for questions about now

    moment = read_moment(args)
    connection, environment = session.connection, session.environment
    for flag, kind in KINDS.items():
        name = getattr(args, flag)
        if name:
            answer = past.find_past_group(connection, environment, kind, name, moment)
            return answer, show_group
    if args.stock:
        stock = past.find_past_stock(
            connection, environment, args.stock, moment, session.load_catalog
        )
        return stock, show_stock
    if args.industry:
        raise UsageError(
            "industries are known of today only", where="--as-of", remedy="ask for --sector"
        )
    return past.read_past_statistics(connection, environment, moment), show_statistics


def read_moment(args: argparse.Namespace) -> Moment:
    """Return the moment that the flags name; without a date it is today. Raise UsageError."""
    from stockgroups.queries.moments import Moment  # noqa: PLC0415 - as above

    if args.max_age is not None and args.max_age < 0:
        raise UsageError("an age is no less than 0 days", where="--max-age")
    on = parse_date(args.as_of) or dt.datetime.now(dt.UTC).date()
    return Moment(on, parse_time(args.known_at, "--known-at"), args.max_age)


def show_group(answer: PastGroup) -> list[str]:
    """Return a group of the past as lines, the heaviest member first."""
    count = len(answer.members)
    lines = [
        f"{answer.key} · {answer.name}",
        f"{count} members on {answer.moment} · {_source(answer.origin, answer.moment)}",
    ]
    renamed = any(member.symbol != member.current_symbol for member in answer.members)
    weighed = any(member.weight is not None for member in answer.members)
    if not (renamed or weighed):
        return [*lines, *wrap([member.symbol for member in answer.members])]
    heaviest = sorted(answer.members, key=lambda member: (-(member.weight or 0.0), member.symbol))
    rows = [
        (
            member.symbol,
            percent(member.weight),
            member.current_symbol if member.current_symbol != member.symbol else None,
        )
        for member in heaviest
    ]
    headers = ["symbol", "weight", "today"]
    if not renamed:
        return [*lines, *make_table(headers[:2], [row[:2] for row in rows])]
    return [*lines, *make_table(headers, rows)]


def show_stock(answer: PastStock) -> list[str]:
    """Return a stock of the past as lines: its names, its groups, its weight in each fund."""
    today = f" (today {answer.current_symbol})" if answer.current_symbol != answer.symbol else ""
    etfs = answer.groups(GroupType.ETF)
    lines = [f"{answer.symbol}{today} · {answer.name or 'name unknown'}", f"on {answer.moment}"]
    lines += show_names(answer.names)
    for kind, word in (
        (GroupType.SECTOR, "sector"),
        (GroupType.THEME, "themes"),
        (GroupType.UNIVERSE, "universes"),
    ):
        names = ", ".join(holding.name for holding in answer.groups(kind))
        lines.append(f"{word}: {names or 'none'}")
    names = " ".join(holding.name for holding in etfs)
    lines.append(f"in {len(etfs)} ETFs: {names}" if etfs else "in no ETF")
    if etfs:
        lines += make_table(
            ["ETF", "symbol", "weight", "as of", "days", "source", "file"],
            [
                (
                    holding.name,
                    holding.symbol,
                    percent(holding.weight),
                    holding.origin.as_of,
                    holding.age_on(answer.moment.on),
                    "proxy" if holding.origin.is_proxy else holding.origin.source,
                    holding.origin.file_name,
                )
                for holding in etfs
            ],
        )
    if answer.too_old:
        lines.append(f"! older than {answer.moment.max_age} days: {' '.join(answer.too_old)}")
    return lines


def show_names(names: list[SymbolSpan]) -> list[str]:
    """Return the names that a stock has had as lines; none where it has had one only."""
    if len(names) < 2:
        return []
    told = ", ".join(f"{n.symbol} {show_span(n.valid_from, n.valid_to)}" for n in names)
    return [f"names: {told}"]


def show_span(start: dt.date, end: dt.date) -> str:
    """Return a range of days in words."""
    if start == dt.date.min:
        return "always" if end == dt.date.max else f"until {end}"
    return f"since {start}" if end == dt.date.max else f"{start} to {end}"


def show_statistics(answer: PastStatistics) -> list[str]:
    """Return the statistics of a day as lines."""
    told = answer.as_dict()
    columns = ("groups", "memberships", "proxies", "oldest_as_of", "newest_as_of")
    lines = [f"Environment {answer.environment} on {answer.moment}"]
    lines += make_table(
        ["type", "groups", "memberships", "proxies", "oldest", "newest"],
        [(kind, *(of[column] for column in columns)) for kind, of in told["types"].items()],
    )
    lines.append(f"stocks in ETFs: {answer.etf_stocks}; in any group: {answer.all_stocks}")
    if told["etfs"]:
        lines.append("")
        lines += make_table(
            ["ETF", "holdings", "as of", "days", "source", "name"],
            [
                (
                    etf["etf_symbol"],
                    etf["total_holdings"],
                    etf["as_of_used"],
                    etf["age_days"],
                    "proxy" if etf["is_proxy"] else etf["source"],
                    etf["name"],
                )
                for etf in told["etfs"]
            ],
        )
    return lines


def _source(origin: Origin, moment: Moment) -> str:
    """Return where an answer comes from, in words."""
    age = (moment.on - origin.as_of).days if origin.as_of else 0
    file = f", {origin.file_name}" if origin.file_name else ""
    proxy = ", a proxy" if origin.is_proxy else ""
    return f"as of {origin.as_of} ({age} days before), from {origin.source}{file}{proxy}"
