"""How answers look to a person: lines of text, a table where there are columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli.output import make_table, percent
from stockgroups.wording import count_of

if TYPE_CHECKING:
    from stockgroups.queries import (
        FundAnswer,
        GroupAnswer,
        IndustryAnswer,
        SectorAnswer,
        Statistics,
        StockAnswer,
    )
    from stockgroups.queries.explanation import Explanation


def show_fund(answer: FundAnswer) -> list[str]:
    """Return a fund as lines, the heaviest holding first."""
    data = answer.as_dict()
    heaviest = sorted(answer.weights.items(), key=lambda item: (-(item[1] or 0.0), item[0]))
    if all(weight is None for weight in answer.weights.values()):
        table = wrap(answer.holdings)
    else:
        table = make_table(
            ["symbol", "weight"], [(symbol, percent(weight)) for symbol, weight in heaviest]
        )
    return [
        f"{answer.etf_symbol} · {answer.name}",
        f"{count_of(len(answer.weights), 'holding')} · {origin(data)}",
        *table,
    ]


def show_stock(answer: StockAnswer) -> list[str]:
    """Return a stock as lines: its groups, and its weight in each fund."""
    lines = [f"{answer.stock_symbol} · {answer.name or 'name unknown'}"]
    since = {former.symbol: former.until for former in answer.former_symbols}
    if answer.asked in since and answer.asked != answer.stock_symbol:
        lines.append(f"{answer.asked} is {answer.stock_symbol} since {since[answer.asked]}")
    elif since:
        told = ", ".join(f"{one.symbol} until {one.until}" for one in answer.former_symbols)
        lines.append(f"formerly {told}")
    lines.append(f"sector: {_place(answer)}")
    lines.append(f"themes: {', '.join(answer.themes) or 'none'}")
    lines.append(f"universes: {', '.join(answer.universes) or 'none'}")
    etfs = answer.member_of_etfs
    lines.append(f"in {count_of(len(etfs), 'ETF')}: {' '.join(etfs)}" if etfs else "in no ETF")
    if answer.etf_details:
        rows = [
            (
                detail.etf_symbol,
                percent(detail.weight),
                detail.origin.as_of,
                detail.origin.age_days,
                "proxy" if detail.origin.is_proxy else detail.origin.source,
                detail.name,
            )
            for detail in answer.etf_details
        ]
        lines += make_table(["ETF", "weight", "as of", "days", "source", "name"], rows)
    if answer.from_cache:
        lines.append("(from stock_metadata: no group of this environment holds it now)")
    return lines


def show_explanation(answer: Explanation) -> list[str]:
    """Return a stock as lines, and the votes for its sector, what counts before what does not."""
    found = answer.classification
    lines = [*show_stock(answer.stock), "", f"why {found.sector or 'no sector'}:"]
    override = found.override
    if override is not None:
        lines.append(f"a user decided it on {override.decided_on}: {override.reason}")
    if found.votes:
        rows = [
            (
                heard.vote.source,
                heard.vote.label,
                heard.vote.industry if heard.vote.industry != heard.vote.label else None,
                heard.vote.seen_in,
                heard.vote.as_of,
                heard.vote.weight,
                heard.sector,
                heard.standing.value,
            )
            for heard in sorted(found.votes, key=lambda heard: -heard.vote.weight)
        ]
        headers = ["source", "label", "industry", "seen in", "as of", "votes", "sector", ""]
        lines += make_table(headers, rows)
    lead = "" if override is not None or not found.votes else f", ahead by {found.margin:g} votes"
    lines.append(f"confidence: {found.confidence}{lead}")
    return [*lines, f"what would change it: {found.advise()}"]


def show_group(answer: GroupAnswer) -> list[str]:
    """Return a theme or universe as lines."""
    lines = [
        f"{answer.key} · {answer.name}",
        answer.description,
        f"{count_of(len(answer.symbols), 'symbol')} · {origin(answer.as_dict())}",
    ]
    criteria = answer.metadata.get("selection_criteria")
    if criteria:
        lines.append(f"criteria: {criteria}")
    related = answer.metadata.get("related_themes")
    if related:
        lines.append(f"related: {', '.join(related)}")
    return [*filter(None, lines), *wrap(answer.symbols)]


def show_sector(answer: SectorAnswer) -> list[str]:
    """Return a sector as lines."""
    return [
        f"{answer.sector_key} · {answer.name}",
        answer.description,
        f"industries: {', '.join(answer.industries)}",
        f"representative: {' '.join(answer.representative_stocks)}",
        f"{count_of(len(answer.symbols), 'stock')} of the ETFs",
        *wrap(answer.symbols),
    ]


def show_industry(answer: IndustryAnswer) -> list[str]:
    """Return an industry as lines."""
    return [
        f"{answer.industry} · sector {answer.sector or 'unknown'}",
        f"{count_of(len(answer.symbols), 'stock')} that a source puts into it",
        *wrap(answer.symbols),
    ]


def show_statistics(answer: Statistics) -> list[str]:
    """Return the statistics as lines."""
    lines = [f"Environment {answer.environment}"]
    lines += make_table(
        ["type", "groups", "memberships", "proxies", "oldest", "newest"],
        [
            (name, c.groups, c.memberships, c.proxies, c.oldest_as_of, c.newest_as_of)
            for name, c in answer.types.items()
        ],
    )
    share = (
        f" ({answer.metadata_with_sector / answer.metadata_entries:.1%} with a sector)"
        if answer.metadata_entries
        else ""
    )
    lines += [
        f"stocks in ETFs: {answer.etf_stocks}; in any group: {answer.all_stocks}",
        f"stock_metadata: {answer.metadata_entries}{share}",
        f"snapshots: {answer.snapshots} with {count_of(answer.snapshot_members, 'member')}",
    ]
    if answer.etfs:
        lines.append("")
        lines += make_table(
            ["ETF", "holdings", "as of", "days", "source", "name"],
            [
                (
                    etf["etf_symbol"],
                    etf["total_holdings"],
                    etf["as_of"],
                    etf["age_days"],
                    "proxy" if etf["is_proxy"] else etf["source"],
                    etf["name"],
                )
                for etf in answer.etfs
            ],
        )
    return lines


def _place(answer: StockAnswer) -> str:
    """Return sector and industry, as they are printed too where that is another word."""
    parts = [part for part in (answer.sector, answer.industry) if part]
    text = " / ".join(parts) or "none by any source"
    if answer.industry_label and answer.industry_label != answer.industry:
        text += f" ({answer.industry_label})"
    return f"{text} · low confidence" if answer.confidence == "low" else text


def origin(data: dict[str, Any]) -> str:
    """Return where an answer comes from, in words."""
    if data["as_of"] is None:
        return "no recorded source"
    proxy = ", a proxy" if data["is_proxy"] else ""
    age = f"{data['age_days']} days old"
    return f"as of {data['as_of']} ({age}), from {data['source']}{proxy}"


def wrap(symbols: list[str], width: int = 96) -> list[str]:
    """Return symbols as lines of bounded width."""
    lines: list[str] = []
    for symbol in symbols:
        if lines and len(lines[-1]) + len(symbol) < width:
            lines[-1] += f" {symbol}"
        else:
            lines.append(symbol)
    return lines
