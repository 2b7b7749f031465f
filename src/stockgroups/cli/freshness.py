"""Show how old each fund's source is; exit 1 when one is too old or not on record.

The catalogue's freshness.toml has the limits, in calendar days: for one fund, for a format of
files, or for a type of group. A source in state `warn` is shown and does not change the exit
status.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stockgroups.cli.output import make_table
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.errors import NotFoundError, UsageError
from stockgroups.times import check_age, today_utc

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from stockgroups.catalog.ages import AgeLimits
    from stockgroups.queries.freshness import Freshness


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `freshness`."""
    parser.add_argument("--etf", metavar="TICKER", help="this fund only")
    parser.add_argument(
        "--max-age", metavar="DAYS", type=int, help="fail for sources older than this; no warnings"
    )
    parser.add_argument(
        "--warn-after",
        metavar="DAYS",
        type=int,
        help="warn of sources older than this, for all funds",
    )
    parser.add_argument(
        "--error-after",
        metavar="DAYS",
        type=int,
        help="fail for sources older than this, for all funds",
    )
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Print one line for each fund; return 1 if one is in state error or unknown."""
    from stockgroups.queries.freshness import (  # noqa: PLC0415
        FreshnessReport,
        State,
    )

    for flag in ("max_age", "warn_after", "error_after"):
        check_age(getattr(args, flag), f"--{flag.replace('_', '-')}")
    with open_database(args) as db:
        found = db.freshness(_read_limits(args))
        if not found:
            raise NotFoundError(
                f"no ETF in environment {db.environment}",
                remedy=db.advise_empty(),
            )
    if args.etf:
        name = args.etf.strip().upper()
        former = db.catalog.renamed_fund(name)
        name = former.fund if former else name
        found = FreshnessReport(of for of in found if of.type == "ETF" and of.name == name)
        if not found:
            raise NotFoundError(
                f"no ETF {name!r} in environment {db.environment}",
                remedy=f"`stockgroups load --etf {name}` loads it, or shows where its file is",
            )
    passed = not any(of.state in (State.ERROR, State.UNKNOWN) for of in found)
    value = {
        "environment": db.environment,
        "on": today_utc().isoformat(),
        "passed": passed,
        "groups": [of.to_dict() for of in found],
    }
    counts = [(state, sum(of.state is state for of in found)) for state in State]
    text = ", ".join(f"{count} {state}" for state, count in counts if count)
    emit(args, value, lambda: [*show(found), text], table=found)
    return 0 if passed else 1


def show(found: Sequence[Freshness]) -> list[str]:
    """Return the groups as a table, the oldest source first."""
    oldest_first = sorted(found, key=lambda of: (of.as_of or dt.date.min, of.name))
    return make_table(
        ["group", "as of", "days", "source", "proxy", "state"],
        [
            (
                of.name,
                of.as_of,
                of.age_days,
                of.source,
                "yes" if of.is_proxy else None,
                of.state.value,
            )
            for of in oldest_first
        ],
    )


def _read_limits(args: argparse.Namespace) -> AgeLimits | None:
    """Return the limits of the flags; None for the limits of the catalogue."""
    from stockgroups.catalog.ages import AgeLimits  # noqa: PLC0415 - not for --help

    if args.max_age is not None and (args.warn_after, args.error_after) != (None, None):
        raise UsageError(
            "--max-age and --error-after mean the same",
            where="freshness",
            remedy="give one of them",
        )
    error_after = args.error_after if args.max_age is None else args.max_age
    if error_after is None and args.warn_after is None:
        return None
    return AgeLimits(args.warn_after, error_after)
