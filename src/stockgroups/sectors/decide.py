"""The rule that turns labels into one sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.sectors.answer import Classification, Confidence
from stockgroups.sectors.votes import JudgedVote, Kind, Standing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.catalog import SectorOverride, Taxonomy
    from stockgroups.sectors.votes import Vote


def classify(
    votes: Iterable[Vote],
    taxonomy: Taxonomy,
    *,
    on: dt.date | None = None,
    overrides: Iterable[SectorOverride] = (),
    kept: SectorOverride | None = None,
) -> Classification:
    """Return the sector that the votes for one stock give, as of a day (None: now).

    Only the newest label of each source by that day votes, and no label that is older than the last
    change of the classification by then. The sector with the most votes wins. A tie goes to the
    screener's sector, else to that of the newest label, else to the first key. Without any vote the
    screener's sector is the answer, with low confidence.

    The newest override by that day (of several on one day, the last) takes precedence over all
    votes. `kept` is the membership of a SECTOR group that another program wrote: it takes
    precedence over votes, and overrides over it. The order of the votes makes no difference.
    """
    judged = _judge(votes, taxonomy, on)
    counted = [h for h in judged if h.standing is Standing.COUNTED]
    breakers = [h for h in judged if h.standing is Standing.TIE_BREAKER]
    tally = _tally(counted)
    override = _standing(overrides, on)
    if override is not None:
        sector, confidence = override.sector, Confidence.OVERRIDE
    else:
        sector, confidence = _elect(tally, counted, breakers)
        if kept is not None and sector != kept.sector:
            sector, confidence = kept.sector, Confidence.KEPT
    label, printed, industry = _describe(sector, counted or breakers, taxonomy)
    decision = override or kept
    return Classification(
        sector=sector,
        industry=decision.industry or industry if decision else industry,
        sector_label=label,
        industry_label=printed,
        confidence=confidence,
        margin=_margin(sector, tally),
        votes=tuple(judged),
        dissent=tuple(h for h in counted if h.sector != sector),
        override=override,
        kept=kept,
    )


def _judge(votes: Iterable[Vote], taxonomy: Taxonomy, on: dt.date | None) -> list[JudgedVote]:
    """Return the votes by then with their standing, the newest first."""
    valid_since = taxonomy.valid_since(on)
    spoken: set[tuple[str, Kind]] = set()
    judged = []
    for vote in sorted(set(votes), key=_place, reverse=True):
        if on is not None and vote.as_of > on:
            continue
        sector = vote.read(taxonomy, on)
        opinion = (vote.source, vote.kind)
        if opinion in spoken:
            standing = Standing.SUPERSEDED
        elif vote.as_of < valid_since:
            standing = Standing.OUTDATED
        elif sector is None:
            standing = Standing.UNKNOWN
        else:
            standing = Standing.TIE_BREAKER if vote.kind is Kind.SCREENER else Standing.COUNTED
        spoken.add(opinion)
        judged.append(JudgedVote(vote, sector, standing))
    return judged


def _place(vote: Vote) -> tuple[dt.date, str, str, str, str, str]:
    """Return the sort key of a vote; two different votes never have the same."""
    return (
        vote.as_of,
        vote.source,
        vote.kind,
        vote.seen_in or "",
        vote.label,
        vote.industry or "",
    )


def _tally(counted: Sequence[JudgedVote]) -> dict[str, float]:
    tally: dict[str, float] = {}
    for judged in counted:
        assert judged.sector is not None  # noqa: S101 - see Standing.COUNTED
        tally[judged.sector] = tally.get(judged.sector, 0.0) + judged.vote.weight
    return tally


def _elect(
    tally: Mapping[str, float], counted: Sequence[JudgedVote], breakers: Sequence[JudgedVote]
) -> tuple[str | None, Confidence]:
    if not tally:
        if breakers:
            return breakers[0].sector, Confidence.LOW
        return None, Confidence.NONE
    most = max(tally.values())
    tied = sorted(sector for sector, weight in tally.items() if weight == most)
    if len(tied) > 1:
        named = [h.sector for h in breakers if h.sector in tied]
        newest = max(h.vote.as_of for h in counted if h.sector in tied)
        latest = sorted(
            str(h.sector) for h in counted if h.sector in tied and h.vote.as_of == newest
        )
        return (named or latest)[0], Confidence.LOW
    agreeing = sum(h.sector == tied[0] for h in counted)
    if agreeing > 1 and _margin(tied[0], tally) >= 1.0:
        return tied[0], Confidence.HIGH
    return tied[0], Confidence.MEDIUM


def _margin(sector: str | None, tally: Mapping[str, float]) -> float:
    """Return the sector's lead in votes; below 0 if an override goes against them."""
    others = max((weight for key, weight in tally.items() if key != sector), default=0.0)
    return tally.get(sector or "", 0.0) - others


def _describe(
    sector: str | None, judged: Sequence[JudgedVote], taxonomy: Taxonomy
) -> tuple[str | None, str | None, str | None]:
    """Return the label, the reported industry and our industry of the newest agreeing votes.

    The screener's industries are of its own taxonomy and stay out.
    """
    agreeing = [h.vote for h in judged if sector is not None and h.sector == sector]
    label = agreeing[0].label if agreeing else None
    printed = [v.industry for v in agreeing if v.industry and v.kind is not Kind.SCREENER]
    if sector is None or not printed:
        return label, None, None
    text = next((text for text in printed if taxonomy.industry_of(sector, text)), printed[0])
    return label, text, taxonomy.industry_of(sector, text)


def _standing(overrides: Iterable[SectorOverride], on: dt.date | None) -> SectorOverride | None:
    """Return the override that is valid on a day; None if the newest by then withdraws it."""
    newest: SectorOverride | None = None
    for override in overrides:
        is_due = on is None or override.decided_on <= on
        if is_due and (newest is None or override.decided_on >= newest.decided_on):
            newest = override
    return newest if newest is not None and newest.sector is not None else None
