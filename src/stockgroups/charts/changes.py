"""The chart of a group's changes, as bars to both sides of zero."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import altair as alt

from stockgroups.charts import theme
from stockgroups.queries.origins import make_label
from stockgroups.queries.steps import ChangeKind
from stockgroups.text import count_of, list_some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.queries.change_answers import GroupChanges, Step
    from stockgroups.queries.steps import Change

MOST_CHANGES = 40
MOST_NAMED = 8
_COLOURS = {
    "added": theme.BLUE,
    "weight up": theme.SKY,
    "weight down": theme.YELLOW,
    "removed": theme.ORANGE,
}
_ARRIVALS = (ChangeKind.ADDED.value, ChangeKind.REMOVED.value)
_MOST_DAYS = 40
"""Bars in time; of more days they stand for months, of more months for years."""
_SIGNED = "datum.value ? format(datum.value, '+.1%') : '0'"


def draw_changes(answer: GroupChanges) -> alt.VConcatChart:
    """Return the changes of a group from its first snapshot to its last one, as bars.

    With weights, a bar is the change of a stock's weight, and the 40 largest are shown. Without
    weights, the bars are the numbers of added and removed stocks over time.
    """
    total = answer.total
    changes = (
        [] if total is None else [c for c in total.changes if c.kind is not ChangeKind.RENAMED]
    )
    rows = [_make_row(change) for change in changes]
    has_weights = any(row["move"] for row in rows)
    shown, left_out = _choose(rows) if has_weights else ([], [])
    caption = theme.Caption(
        f"What changed in {make_label(answer.kind, answer.key)}",
        [
            theme.clean(answer.name, theme.LONGEST_NAME),
            *_list_facts(answer, changes, has_weights=has_weights),
        ],
        list(_list_gaps(answer, left_out)),
    )
    if has_weights:
        return theme.finish(_draw_moves(sorted(shown, key=lambda row: -row["move"])), caption)
    counts = _count(answer.steps)
    return theme.finish(_draw_counts(counts) if counts else theme.draw_nothing(), caption)


def _choose(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the changes that are shown, and the others.

    Up to half of those shown are additions and removals, which change less than stocks that stay.
    """
    ranked = sorted(rows, key=lambda row: -abs(row["move"]))
    arrivals = [row for row in ranked if row["kind"] in _ARRIVALS]
    moved = [row for row in ranked if row["kind"] not in _ARRIVALS]
    half = MOST_CHANGES // 2
    room = max(half, MOST_CHANGES - len(moved))
    rest = MOST_CHANGES - min(room, len(arrivals))
    return arrivals[:room] + moved[:rest], arrivals[room:] + moved[rest:]


def _make_row(change: Change) -> dict[str, Any]:
    was, now = (None if one is None else one.weight for one in (change.before, change.after))
    is_known = all(one is None or one.weight is not None for one in (change.before, change.after))
    move = (now or 0.0) - (was or 0.0) if is_known else 0.0
    kind = change.kind.value
    if kind not in _ARRIVALS:
        kind = "weight up" if move >= 0 else "weight down"
    return {
        "symbol": change.position.symbol,
        "kind": kind,
        "move": move,
        "text": f"{move:+.2%}".replace("-", "−"),
        "was": was,
        "now": now,
    }


def _draw_moves(rows: Sequence[dict[str, Any]]) -> theme.Picture:
    labels = theme.label_apart(row["symbol"] for row in rows)
    values = [{**row, "symbol": label} for row, label in zip(rows, labels, strict=True)]
    room = max(abs(row["move"]) for row in rows) * 1.25
    sides = [
        -room if any(row["move"] < 0 for row in rows) else 0.0,
        room if any(row["move"] > 0 for row in rows) else 0.0,
    ]
    base = alt.Chart({"values": values}).encode(
        x=alt.X(
            "move:Q",
            title="change of weight, in percentage points of the fund",
            scale=alt.Scale(domain=sides, nice=False),
            axis=alt.Axis(labelExpr=_SIGNED, tickCount=7),
        ),
        y=alt.Y("symbol:N", sort=labels, title=None),
        tooltip=[
            alt.Tooltip("symbol:N", title="stock"),
            alt.Tooltip("kind:N", title="change"),
            alt.Tooltip("was:Q", title="weight before", format=".4%"),
            alt.Tooltip("now:Q", title="weight after", format=".4%"),
        ],
    )
    texts = [
        base.transform_filter("datum.move >= 0").mark_text(align="left", dx=5, color=theme.INK),
        base.transform_filter("datum.move < 0").mark_text(align="right", dx=-5, color=theme.INK),
    ]
    return alt.layer(
        base.mark_bar().encode(color=colour_changes(row["kind"] for row in rows)),
        *(one.encode(text="text:N") for one in texts),
    ).properties(width=theme.WIDTH - theme.measure_labels(labels), height=theme.ROW * len(rows))


def colour_changes(kinds: Iterable[str]) -> alt.Color:
    """Return the colours of kinds of changes, with a legend."""
    found = set(kinds)
    domain = [kind for kind in _COLOURS if kind in found]
    return alt.Color(
        "kind:N",
        scale=alt.Scale(domain=domain, range=[_COLOURS[kind] for kind in domain]),
        legend=alt.Legend(orient="top", title=None),
    )


def _count(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return the numbers of additions and removals in each span of time; removals are negative."""
    found: Counter[tuple[str, str]] = Counter(
        (step.after.as_of.isoformat(), change.kind.value)
        for step in steps
        for change in step.changes
        if change.kind.value in _ARRIVALS
    )
    return sum_by_span(found)


def sum_by_span(found: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Return numbers by day and kind of change, summed by span; removals are negative.

    A span is a day; for too many days it is a month, and for too many months a year.
    """
    digits = next(
        (size for size in (10, 7) if len({day[:size] for day, _ in found}) <= _MOST_DAYS), 4
    )
    spans: Counter[tuple[str, str]] = Counter()
    for (day, kind), count in found.items():
        spans[day[:digits], kind] += count
    return [
        {"when": when, "kind": kind, "count": count if kind == "added" else -count}
        for (when, kind), count in sorted(spans.items())
    ]


def _draw_counts(rows: Sequence[dict[str, Any]]) -> theme.Picture:
    base = alt.Chart({"values": list(rows)}).encode(
        x=alt.X("when:O", title=None, axis=alt.Axis(labelAngle=-90, grid=False)),
        y=alt.Y(
            "count:Q",
            title="stocks added and removed, step by step",
            stack=False,
            axis=alt.Axis(tickMinStep=1, format="d"),
        ),
    )
    bars = base.mark_bar().encode(
        color=colour_changes(row["kind"] for row in rows),
        tooltip=[
            alt.Tooltip("when:O", title="by"),
            alt.Tooltip("kind:N", title="change"),
            alt.Tooltip("count:Q", title="stocks"),
        ],
    )
    count = len({row["when"] for row in rows})
    return alt.layer(bars).properties(width=max(200, min(theme.WIDTH, 26 * count)), height=260)


def _list_facts(
    answer: GroupChanges, changes: Sequence[Change], *, has_weights: bool
) -> Iterable[str]:
    total = answer.total
    if total is None:
        yield f"since {answer.start.as_of}"
        return
    sources = sorted({header.source for header in (total.before, total.after)})
    yield (
        f"from {total.before.as_of} to {total.after.as_of}, "
        f"{count_of(len(answer.steps), 'step')}, from {', '.join(sources)}"
    )
    named = {
        kind: [c.position.symbol for c in changes if c.kind.value == kind] for kind in _ARRIVALS
    }
    rest = len(changes) - sum(map(len, named.values()))
    facts = [f"{len(symbols)} {kind}" for kind, symbols in named.items()]
    yield "in all: " + ", ".join([*facts, *([f"{rest} changed in size"] if rest else [])])
    if not has_weights:
        yield from (
            f"{kind}: {list_some(symbols, MOST_NAMED)}"
            for kind, symbols in named.items()
            if symbols
        )


def _list_gaps(answer: GroupChanges, left_out: Sequence[dict[str, Any]]) -> Iterable[str]:
    total = answer.total
    if total is None:
        yield "nothing recorded since"
        return
    if not total.changes:
        yield "nothing changed"
    if left_out:
        counts = Counter(row["kind"] if row["kind"] in _ARRIVALS else "changed" for row in left_out)
        text = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        yield f"and {count_of(len(left_out), 'smaller change')}: {text}"
    renamed = [
        f"{change.before.symbol} is now {change.after.symbol}"
        for change in total.changes
        if change.kind is ChangeKind.RENAMED and change.before and change.after
    ]
    if renamed:
        yield f"renamed: {list_some(renamed, MOST_NAMED)}"
    if total.before.is_proxy or total.after.is_proxy:
        yield "a proxy: an index's constituents in place of the issuer's file"
