"""Tell what a group's answer rests on: file, hash, issuer, dates, load; and what else there is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stockgroups.cli.flags import parse_date, parse_kind, parse_time
from stockgroups.cli.output import make_table, print_json
from stockgroups.cli.session import open_session
from stockgroups.model import GroupType

if TYPE_CHECKING:
    import argparse

    from stockgroups.queries.provenance import SourceAnswer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `source`."""
    parser.add_argument("name", metavar="NAME", help="a fund, theme, universe or sector")
    parser.add_argument(
        "--type", choices=[kind.value for kind in GroupType], help="the type of the group"
    )
    parser.add_argument("--as-of", metavar="DATE", help="the source that counts on that day")
    parser.add_argument(
        "--known-at", metavar="TIME", help="the source that counted by what was known at that time"
    )


def run(args: argparse.Namespace) -> int:
    """Tell the source."""
    from stockgroups.queries.moments import Moment  # noqa: PLC0415 - not for --help
    from stockgroups.queries.provenance import find_source  # noqa: PLC0415

    on = parse_date(args.as_of) or dt.date.max
    moment = Moment(on, parse_time(args.known_at, "--known-at"))
    with open_session(args) as session:
        answer = find_source(
            session.connection, session.environment, args.name, moment, parse_kind(args.type)
        )
    if args.json:
        print_json(answer.as_dict())
    else:
        print("\n".join(show(answer)))
    return 0


def show(answer: SourceAnswer) -> list[str]:
    """Return the source as lines, then a table of all that is recorded."""
    told = answer.counting.as_dict()
    lines = [f"{answer.key} · {answer.name}"]
    for label, key in (
        ("as of", "as_of"),
        ("source", "source"),
        ("file", "file"),
        ("sha256", "sha256"),
        ("issuer", "issuer"),
        ("reader", "reader"),
        ("members", "members"),
        ("recorded", "recorded_at"),
        ("load", "load"),
        ("loaded by", "loaded_by"),
    ):
        value = told[key]
        lines.append(f"{label}: {'not known' if value is None else value}")
    proxy = "yes, it stands in for an issuer file" if told["is_proxy"] else "no"
    counts = f"{told['counts_from']} to {told['counts_to'] or 'now'}"
    receipt = answer.counting.receipt
    rows = receipt.get("rows", {}) if receipt else {}
    account = ", ".join(f"{count} {word}" for word, count in rows.items() if count)
    lines += [f"proxy: {proxy}", f"counts: {counts}", f"receipt: {account or 'none'}", ""]
    table = [
        (
            source.header.id,
            source.header.as_of,
            source.header.member_count,
            source.header.recorded_at.isoformat(timespec="seconds"),
            source.load_id,
            source.file_name or source.header.source,
            source.status,
        )
        for source in answer.recorded
    ]
    headers = ["snapshot", "as of", "members", "recorded", "load", "file", "status"]
    return [*lines, *make_table(headers, table)]
