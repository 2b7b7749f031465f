"""Text output of answers: lines, and tables for columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import find_width, make_table, percent
from stockgroups.model import GroupType
from stockgroups.queries.origins import CHANGED
from stockgroups.ranges import ALWAYS
from stockgroups.text import UNNAMED, count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.analytics.expressions.members import UsedGroup
    from stockgroups.analytics.portfolios.exposure_answers import ExposedNotional
    from stockgroups.queries.answers import GroupAnswer, IndustryAnswer
    from stockgroups.queries.explanation import Explanation
    from stockgroups.queries.origins import Origin
    from stockgroups.queries.statistics import Statistics
    from stockgroups.queries.stock_answers import StockAnswer
    from stockgroups.ranges import SymbolInterval
    from stockgroups.receipts import Notional

LONGEST_LINE = 96
"""Characters of a line of symbols."""
_WORDS = {
    "industries": "industries",
    "representative": "representative_stocks",
    "criteria": "selection_criteria",
    "related": "related_themes",
    "expression": "expression",
}
"""The labels of further facts about a group, by the key of its metadata."""


def show_stock(answer: StockAnswer) -> list[str]:
    """Return a stock as lines: its groups, and its weight in each fund."""
    current = answer.current_symbol
    today = f" (today {current})" if current != answer.symbol else ""
    lines = [f"{answer.symbol}{today} · {answer.name or UNNAMED}", *_show_symbols(answer)]
    sector = _list_groups(answer, "sector", GroupType.SECTOR)
    lines.append(sector if answer.moment else f"sector: {_place(answer)}")
    lines.append(_list_groups(answer, "themes", GroupType.THEME))
    lines.append(_list_groups(answer, "universes", GroupType.UNIVERSE))
    if answer.removed_from:
        names = ", ".join(f"{kind} {name}" for kind, name in answer.removed_from)
        lines.append(f"! removed by another program from {names}")
    etfs = answer.member_of_etfs
    hidden = " with a recent enough source" if _hides(answer, GroupType.ETF) else ""
    line = f"in {count_of(len(etfs), 'ETF')}: {' '.join(etfs)}"
    lines.append(line if etfs else f"in no ETF{hidden}")
    if answer.etfs:
        lines += _tabulate_etfs(answer)
    if answer.too_old and answer.moment:
        names = " ".join(place.group for place in answer.too_old)
        lines.append(f"! older than {answer.moment.max_age} days: {names}")
    lines += _show_left_out(answer)
    if answer.from_cache:
        lines.append("(from stock_metadata: no group in this environment holds it now)")
    elif answer.moment is None and not answer.places:
        lines.append(
            "(no group in this environment holds it now; "
            f"`stockgroups timeline {answer.symbol}` shows when groups held it)"
        )
    return lines


def show_notional(notional: Notional | ExposedNotional) -> str:
    """Return the notional of derivatives as a text."""
    unsided = f", side not reported {percent(notional.unsided)}" if notional.unsided else ""
    sides = f"long {percent(notional.long)}, short {percent(notional.short)}"
    return f"notional of derivatives: {sides}{unsided}"


def _show_left_out(answer: GroupAnswer | StockAnswer) -> list[str]:
    """Return a line on the sources that were not public by the given day; none if all were."""
    if answer.left_out is None or answer.moment is None or answer.moment.published_by is None:
        return []
    return [f"! {answer.left_out.describe(answer.moment.published_by)}"]


def _show_symbols(answer: StockAnswer) -> list[str]:
    """Return the symbols that the stock has had, as far as the question asks for them."""
    if answer.moment:
        return [f"on {answer.moment}", *show_names(answer.names)]
    since = {former.symbol: former.valid_to for former in answer.former_symbols}
    if answer.asked in since and answer.asked != answer.symbol:
        return [f"{answer.asked} has been {answer.symbol} since {since[answer.asked]}"]
    text = ", ".join(f"{symbol} until {until}" for symbol, until in since.items())
    return [f"formerly {text}"] if text else []


def _tabulate_etfs(answer: StockAnswer) -> list[str]:
    """Return the funds of a stock as a table; for a past day with the file of each fund."""
    on = answer.moment.on if answer.moment else None
    rows = [
        (
            place,
            percent(place.weight),
            place.origin.as_of,
            place.origin.age_on(on),
            _source(place.origin),
        )
        for place in answer.etfs
    ]
    if answer.moment is None:
        return make_table(
            ["ETF", "weight", "as of", "days", "source", "name"],
            [(place.group, *rest, place.title) for place, *rest in rows],
        )
    return make_table(
        ["ETF", "symbol", "weight", "as of", "days", "source", "file"],
        [
            (place.group, place.reported_symbol, *rest, place.origin.file_name)
            for place, *rest in rows
        ],
    )


def show_names(names: Sequence[SymbolInterval]) -> list[str]:
    """Return the symbols that a stock has had as lines; none if it always had the same one."""
    text = ", ".join(f"{one.symbol} {one.dates.describe()}" for one in names)
    return [f"names: {text}"] if names and names[0].dates != ALWAYS else []


def show_explanation(answer: Explanation) -> list[str]:
    """Return a stock as lines, and the votes for its sector, those that count first."""
    found = answer.classification
    lines = [*show_stock(answer.stock), "", f"why {found.sector or 'no sector'}:"]
    override = found.override
    if override is not None:
        lines.append(f"set by a user on {override.decided_on}: {override.reason}")
    if found.votes:
        rows = [
            (
                judged.vote.source,
                judged.vote.label,
                judged.vote.industry if judged.vote.industry != judged.vote.label else None,
                judged.vote.seen_in,
                judged.vote.as_of,
                judged.vote.weight,
                judged.sector,
                judged.standing.value,
            )
            for judged in sorted(found.votes, key=lambda judged: -judged.vote.weight)
        ]
        headers = ["source", "label", "industry", "seen in", "as of", "votes", "sector", ""]
        lines += make_table(headers, rows)
    lead = "" if override is not None or not found.votes else f", ahead by {found.margin:g} votes"
    lines.append(f"confidence: {found.confidence}{lead}")
    return [*lines, f"what would change it: {found.advise()}"]


def show_group(answer: GroupAnswer) -> list[str]:
    """Return a group as lines: its description, its source, its stocks (the heaviest first)."""
    lines = [f"{answer.key} · {answer.name}", *([str(answer.asked)] if answer.asked else [])]
    if answer.moment is None and answer.kind is not GroupType.ETF:
        lines.append(answer.description)
    count = len(answer.holdings)
    noun = "holding" if answer.kind is GroupType.ETF else "symbol"
    lines.append(
        f"{count_of(count, noun)} · {origin(answer)}"
        if answer.moment is None
        else f"{count} members on {answer.moment} · {origin(answer)}"
    )
    for word, key in _WORDS.items():
        value = answer.metadata.get(key)
        if value:
            lines.append(f"{word}: {', '.join(value) if isinstance(value, list) else value}")
    lines += [*(f"! {warning}" for warning in answer.warnings), *_show_left_out(answer)]
    return [*filter(None, lines), *_show_unresolved(answer), *_list_holdings(answer)]


def _show_unresolved(answer: GroupAnswer) -> list[str]:
    """Return a line on the rows of its source that are not stocks with a known symbol."""
    unresolved = answer.metadata.get("unresolved")
    if not unresolved:
        return []
    weight = f" ({percent(unresolved['weight'])} of the fund)" if unresolved.get("weight") else ""
    rows = f"{count_of(unresolved['rows'], 'unresolved row')}{weight}"
    return [f"! plus {rows}, which become members once a source gives their symbols: see `receipt`"]


def _list_holdings(answer: GroupAnswer) -> list[str]:
    """Return the stocks of a group as a table; if only symbols are known, just the symbols."""
    was = [one for one in answer.holdings if answer.moment and one.reported_symbol != one.symbol]
    if not was and all(one.weight is None for one in answer.holdings):
        return wrap(answer.symbols)
    if not was:
        return make_table(
            ["symbol", "weight"], [(one.symbol, percent(one.weight)) for one in answer.holdings]
        )
    rows = [
        (
            one.reported_symbol,
            percent(one.weight),
            one.symbol if one.symbol != one.reported_symbol else None,
        )
        for one in answer.holdings
    ]
    return make_table(["symbol", "weight", "today"], rows)


def show_industry(answer: IndustryAnswer) -> list[str]:
    """Return an industry as lines."""
    return [
        f"{answer.industry} · sector {answer.sector or 'unknown'}",
        f"{count_of(len(answer.symbols), 'stock')} that a source assigns to it",
        *wrap(answer.symbols),
    ]


def show_statistics(answer: Statistics) -> list[str]:
    """Return the statistics as lines."""
    moment = answer.moment
    lines = [f"Environment {answer.environment}" + (f" on {moment}" if moment else "")]
    lines += make_table(
        ["type", "groups", "memberships", "proxies", "oldest", "newest"],
        [
            (name, c.groups, c.memberships, c.proxies, c.oldest_as_of, c.newest_as_of)
            for name, c in answer.types.items()
        ],
    )
    lines.append(f"stocks in ETFs: {answer.etf_stocks}; in any group: {answer.all_stocks}")
    if moment is None:
        lines += _show_record(answer)
    if answer.etfs:
        on = moment.on if moment else None
        rows = [
            (
                etf.name,
                etf.members,
                etf.origin.as_of,
                etf.origin.age_on(on),
                _source(etf.origin),
                etf.title,
            )
            for etf in answer.etfs
        ]
        lines += ["", *make_table(["ETF", "holdings", "as of", "days", "source", "name"], rows)]
    return lines


def _show_record(answer: Statistics) -> list[str]:
    """Return the counts that exist only for the present."""
    entries, known = answer.metadata_entries, answer.metadata_with_sector
    share = f" ({known / entries:.1%} with a sector)" if entries and known is not None else ""
    members = count_of(answer.snapshot_members or 0, "member")
    lines = [
        f"stock_metadata: {entries}{share}",
        f"snapshots: {answer.snapshots} with {members}",
    ]
    if answer.drifted:
        names = ", ".join(f"{kind} {name}" for kind, name in answer.drifted)
        lines.append(f"{CHANGED}: {names}")
    elif answer.drifted is None:
        lines.append("too many to check for other programs' changes; run `stockgroups validate`")
    return lines


def _source(origin: Origin) -> str | None:
    if origin.is_drifted:
        return "changed by another program"
    return "proxy" if origin.is_proxy else origin.source


def _list_groups(answer: StockAnswer, word: str, kind: GroupType) -> str:
    none = "none with a recent enough source" if _hides(answer, kind) else "none"
    line = f"{word}: {', '.join(answer.list_groups(kind)) or none}"
    drifted = ", ".join(answer.list_groups(kind, drifted=True))
    return f"{line} ({drifted}: changed by another program)" if drifted else line


def _hides(answer: StockAnswer, kind: GroupType) -> bool:
    """Return whether the stock is in a group of this type whose source is too old."""
    return any(place.kind == kind for place in answer.too_old)


def _place(answer: StockAnswer) -> str:
    """Return sector and industry, with the source's own industry label if it differs."""
    parts = [part for part in (answer.sector, answer.industry) if part]
    text = " / ".join(parts) or "none; no source's label decides it"
    if answer.industry_label and answer.industry_label != answer.industry:
        text += f" ({answer.industry_label})"
    return f"{text} · low confidence" if answer.confidence == "low" else text


def origin(answer: GroupAnswer | UsedGroup) -> str:
    """Return the origin of an answer as a text."""
    return answer.origin.describe(answer.moment)


def wrap(symbols: list[str]) -> list[str]:
    """Return symbols as lines that fit the terminal and are short enough to read."""
    width = min(find_width() or LONGEST_LINE, LONGEST_LINE)
    lines: list[str] = []
    for symbol in symbols:
        if lines and len(lines[-1]) + 1 + len(symbol) <= width:
            lines[-1] += f" {symbol}"
        else:
            lines.append(symbol)
    return lines
