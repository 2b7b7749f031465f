"""Flags that several commands share, and their values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.model import GroupType
from stockgroups.settings import read_settings

if TYPE_CHECKING:
    import argparse
    import datetime as dt
    from collections.abc import Callable

    from stockgroups.settings import Settings

SOURCES = ("issuer", "nport", "proxy")
"""The kinds of reports; a test holds them to `ReportKind`, which a look-up need not import."""
MOST_COUNTED = 2**63 - 1
"""The largest number of a load, as the database holds it."""


def read_day(flag: str) -> Callable[[str], dt.date]:
    """Return the type of a flag with a date. It raises UsageError, which names the flag."""

    def read(text: str) -> dt.date:
        from stockgroups.times import read_date  # noqa: PLC0415 - only if a date is given

        return read_date(text, flag)

    return read


def _read_known_at(text: str) -> dt.datetime:
    from stockgroups.times import read_time  # noqa: PLC0415 - as above

    return read_time(text, "--known-at")


_MOMENT: dict[str, dict[str, Any]] = {
    "as_of": {
        "metavar": "DATE",
        "type": read_day("--as-of"),
        "help": "answer for this day (YYYY-MM-DD, or 30d): from the newest source not after it",
    },
    "known_at": {
        "metavar": "TIME",
        "type": _read_known_at,
        "help": "use only what was recorded by then (2026-07-02T18:00; UTC unless it has an "
        "offset)",
    },
    "max_age": {
        "metavar": "DAYS",
        "type": int,
        "help": "refuse a source more than DAYS older than the day asked for",
    },
    "published_by": {
        "metavar": "DATE",
        "type": read_day("--published-by"),
        "help": "use only what was public by this day; a report without a date of publication "
        "counts from the day on which it was first recorded here",
    },
    "source": {
        "choices": SOURCES,
        "help": "use only these reports: the issuer's, N-PORT filings, or proxies",
    },
}
"""The flags for dates and times, by their parameter names in questions."""


def add_moment_flags(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add the flags for dates and times, such as --as-of, which `read_moment_flags` reads.

    Args:
        names: The flags of `_MOMENT` that the command has; none means all.
    """
    for name in names or _MOMENT:
        parser.add_argument(f"--{name.replace('_', '-')}", **_MOMENT[name])


def add_date_flag(
    parser: argparse.ArgumentParser, flag: str, text: str, *, required: bool = False
) -> None:
    """Add a flag with a date; `text` is its help text."""
    parser.add_argument(flag, metavar="DATE", type=read_day(flag), required=required, help=text)


def add_type_flag(parser: argparse.ArgumentParser) -> None:
    """Add --type."""
    parser.add_argument(
        "--type",
        choices=[kind.value for kind in GroupType],
        help="the type of the group, if several types have the name",
    )


def add_folder_flag(parser: argparse.ArgumentParser, text: str) -> None:
    """Add --holdings-dir; `text` is its help text."""
    parser.add_argument(
        "--holdings-dir",
        metavar="DIR",
        type=Path,
        help=f"{text}; default: HOLDINGS_DIR, else ./holdings",
    )


def add_ignore_flag(parser: argparse.ArgumentParser) -> None:
    """Add --ignore."""
    parser.add_argument(
        "--ignore",
        metavar="GLOB",
        action="append",
        default=[],
        help="skip files whose name or path matches, as the folder's .stockgroupsignore does; "
        "may be repeated",
    )


def add_fetch_flags(parser: argparse.ArgumentParser, *, source: str, fund: str, since: str) -> None:
    """Add --source, --fund, --since and --accept-terms, with their help texts."""
    parser.add_argument("--source", metavar="SOURCE", action="append", default=[], help=source)
    parser.add_argument(
        "--fund", metavar="TICKER", nargs="+", action="extend", default=[], help=fund
    )
    add_date_flag(parser, "--since", since)
    parser.add_argument(
        "--accept-terms",
        action="store_true",
        help="confirm that you have read and accept the issuers' terms",
    )


def read_moment_flags(args: argparse.Namespace) -> dict[str, Any]:
    """Return the values of the flags of `add_moment_flags`, as arguments of `Database`."""
    from stockgroups.times import check_age  # noqa: PLC0415 - as above

    how = {name: getattr(args, name) for name in _MOMENT if hasattr(args, name)}
    check_age(how.get("max_age"), "--max-age")
    return how


def add_volume_flags(parser: argparse.ArgumentParser, *, verbose: str | None = None) -> None:
    """Add --quiet, and --verbose with the help text `verbose` if one is given."""
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="print only warnings, refusals and errors"
    )
    if verbose:
        parser.add_argument("-v", "--verbose", action="store_true", help=verbose)


def add_dry_run(
    parser: argparse.ArgumentParser, text: str = "show what would be done, write nothing"
) -> None:
    """Add --dry-run, with its help text for this command."""
    parser.add_argument("--dry-run", action="store_true", help=text)


def choose_settings(args: argparse.Namespace, *, strict: bool = False) -> Settings:
    """Return the settings, with the catalogue of --catalog; see `read_settings`."""
    settings = read_settings(strict=strict)
    return replace(settings, catalog_dir=Path(args.catalog)) if args.catalog else settings


def number(text: str) -> int:
    """Return an integer in the database's range. Raise ValueError for any other text."""
    value = int(text)
    if abs(value) > MOST_COUNTED:
        raise ValueError
    return value


def add_accept(parser: argparse.ArgumentParser, text: str | None = None) -> None:
    """Add --accept, which accepts suspicions; `text` is its help text for this command."""
    from stockgroups.suspicions import EVERY_GUARD, Guard  # noqa: PLC0415 - as above

    words = f"{', '.join(Guard)}, or {EVERY_GUARD}"
    parser.add_argument(
        "--accept",
        metavar="GUARD",
        type=_check_guard,
        action="append",
        default=[],
        help=text or f"load a file even if this guard refuses it: {words}; may be repeated",
    )


def _check_guard(word: str) -> str:
    from stockgroups.suspicions import parse_accept  # noqa: PLC0415 - as above

    parse_accept([word])
    return word
