"""The tools about the record: what has changed, and how good the data is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from stockgroups.api.moments import read_day
from stockgroups.assistant.arguments import LONGEST_NAME, Day, Name, Public, Since, Until
from stockgroups.assistant.shape import Answer, Table
from stockgroups.errors import NotFoundError, SymbolError
from stockgroups.findings import Severity
from stockgroups.model import GroupType
from stockgroups.queries.freshness import State
from stockgroups.queries.steps import ChangeKind
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.api import Database
    from stockgroups.queries.change_answers import GroupChanges

_STOCK = "stock"
_YEAR = "1y"
_SEVERITIES = list(Severity)
_KINDS = list(ChangeKind)


def changes(
    db: Database,
    *,
    name: Annotated[
        Name,
        Field(
            description="A group (SPY, universe:sp500) or a stock (stock:META). A bare name means "
            "the group, if there is one."
        ),
    ],
    since: Since = None,
    until: Until = None,
    change: Annotated[
        Literal["added", "removed", "renamed", "split", "resized", "reweighted"] | None,
        Field(description="Only these changes."),
    ] = None,
) -> Answer:
    """List additions, removals and other changes in a group, or for a stock in all groups.

    Use it for "what changed in SPY", "what was removed from the S&P 500 this year" (since 1y,
    change removed), "when was META added to QQQ". Without `since`: a group's newest report compared
    with the one before, or a stock's last year. For a stock, `intervals` has the dates between
    which it was in each group. Each change happened after the day `after` and by the day `by`,
    because sources report the holdings of single days; without `after`, it happened on the day
    `by`. `resized` and `split` are changes of share counts, with their `factor`.
    Example: {"name": "SPY", "since": "90d", "change": "added"}
    """
    kind, key = _read_name(name)
    if kind == _STOCK:
        return _answer_stock(db, key, since, until, change)
    try:
        found = db.changes(key, since, until, kind=kind)
    except NotFoundError as error:
        if kind is not None:
            raise
        try:
            return _answer_stock(db, key, since, until, change)
        except (NotFoundError, SymbolError):
            raise error from None
    last = found.steps[-1].after.as_of if found.steps else found.start.as_of
    head = {"type": found.kind.value, "key": found.key, "name": found.name}
    dates = {"since": found.start.as_of.isoformat(), "as_of": last.isoformat()}
    start = read_day(since, "since")
    begins = f"the record begins on {found.start.as_of}, after the requested day"
    late = [begins] if start and found.start.as_of > start else []
    return _answer_changes(head | dates, [found], change, warnings=late)


def quality(
    db: Database,
    *,
    name: Annotated[
        str | None,
        Field(
            max_length=LONGEST_NAME,
            description="A group (SPY, universe:sp500). Default: everything in the database.",
        ),
    ] = None,
    as_of: Day = None,
    published_by: Public = None,
) -> Answer:
    """Describe the quality of the data: its sources, their age, and the findings of the checks.

    With a name: the source file of the group's answer, its age, the account of its rows, and all
    recorded reports, newest first. Without: whether all checks pass, their findings, worst first,
    the numbers of groups and stocks, and the sources that are too old. Use it before you rely on an
    answer, or for "what data do you have".
    Example: {"name": "SPY"}
    """
    if name is None:
        return _answer_all(db)
    kind, key = _read_name(name)
    found = db.source(key, as_of, published_by=published_by, kind=kind)
    values = found.to_dict()
    receipt = values["receipt"] or {}
    age = next(
        (one for one in db.freshness() if (one.type, one.name) == (found.kind.value, found.key)),
        None,
    )
    return Answer(
        {
            **{part: values[part] for part in ("type", "key", "name", "as_of", "source")},
            "is_proxy": values["is_proxy"],
            "age_days_today": age.age_days if age else None,
            "freshness": age.state.value if age else None,
            **{part: values[part] for part in ("file", "sha256", "issuer", "reader", "net_assets")},
            **{part: values[part] for part in ("recorded_at", "load", "loaded_by")},
        },
        Table.choose(
            (
                "as_of",
                "source",
                "is_proxy",
                "members",
                "status",
                "counts_from",
                "counts_to",
                "file",
            ),
            [one.to_dict() for one in reversed(found.recorded)],
        ),
        "the rows are the reports",
        {
            "rows_of_file": {part: n for part, n in (receipt.get("rows") or {}).items() if n},
            "weights": {part: n for part, n in (receipt.get("weights") or {}).items() if n},
        },
    )


def _read_name(name: str) -> tuple[str | None, str]:
    """Return the type prefix of a name, None without one, and the name without it."""
    kind, colon, key = name.partition(":")
    known = {_STOCK: _STOCK, **{one.value.lower(): one.value for one in GroupType}}
    written = known.get(kind.strip().lower())
    return (written, key.strip().strip('"')) if colon and written else (None, name)


def _answer_stock(
    db: Database, key: str, since: str | None, until: str | None, change: str | None
) -> Answer:
    found = db.stock_changes(key, since or _YEAR, until)
    intervals = Table.choose(("type", "key", "valid_from", "valid_to"), db.timeline(key).rows())
    names = [one.to_dict() for one in found.names]
    head = {"symbol": found.symbol, "name": found.name, "names": names if names[1:] else None}
    return _answer_changes(
        head | {"since": str(read_day(since or _YEAR))},
        found.groups,
        change,
        {"intervals": intervals},
    )


def _answer_changes(
    head: dict[str, Any],
    groups: Sequence[GroupChanges],
    change: str | None,
    more: dict[str, Table] | None = None,
    warnings: Sequence[str] = (),
) -> Answer:
    """Return the changes of one or more groups, sorted within each step by kind.

    Values that all rows share, because they are of one step of one group, are in the head.
    """
    rows = [
        row | {"group": f"{row['type']} {row['key']}" if more else None}
        for group in groups
        for row in group.rows()
        if change in (None, row["change"])
    ]
    rows.sort(key=lambda row: (row["group"] or "", row["by"], _KINDS.index(row["change"])))
    steps = [step.describe() for group in groups for step in group.steps]
    of_step = ("after", "by", "source", "is_proxy")
    is_one = len(steps) == 1 and not more
    columns = (
        *("group", *(() if is_one else of_step), "change", "symbol", "former_symbol", "factor"),
        *("weight_before", "weight_after", "shares_before", "shares_after"),
    )
    return Answer(
        head | {name: steps[0][name] for name in of_step if is_one},
        Table.choose(columns, rows),
        "see source before the rows" if is_one else "each row has its own",
        {"groups": len(groups), "steps": len(steps), **Counter(row["change"] for row in rows)},
        warnings if steps else [*warnings, "there are fewer than two reports to compare"],
        more or {},
    )


def _answer_all(db: Database) -> Answer:
    """Return the results of the checks, the counts, and the ages of all sources."""
    checked, counted = db.validate(), db.statistics()
    ages = db.freshness()
    findings = checked.rows()
    findings.sort(key=lambda row: _SEVERITIES.index(Severity(row["severity"])))
    sections = [
        {"check": one.name, "failed": not one.passed, **Counter(f.severity for f in one.findings)}
        for one in checked.sections
    ]
    old = [one.to_dict() for one in ages if one.state is not State.PASS]
    types = [{"type": kind, **count.to_dict()} for kind, count in counted.types.items()]
    return Answer(
        {
            "environment": checked.environment,
            "asked_as_of": today_utc().isoformat(),
            "passed": checked.passed,
            "etf_stocks": counted.etf_stocks,
            "all_stocks": counted.all_stocks,
            "stocks_with_sector": counted.metadata_with_sector,
            "snapshots": counted.snapshots,
            "last_recorded_at": counted.last_recorded_at and counted.last_recorded_at.isoformat(),
        },
        Table.choose(("severity", "check", "group", "symbol", "message", "remedy"), findings),
        "see too_old, and quality with a name",
        {"groups": len(counted.groups), "judged_by_age": len(ages), "too_old": len(old)},
        (),
        {
            "types": Table.choose(
                ("type", "groups", "memberships", "proxies", "oldest_as_of", "newest_as_of"), types
            ),
            "checks": Table.choose(("check", "failed", *Severity), sections),
            "too_old": Table.choose(("type", "name", "as_of", "age_days", "source", "state"), old),
        },
    )
