"""Show the source of a group's answer (file, hash, issuer, dates, load) and all its snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_moment_flags, add_type_flag, read_moment_flags
from stockgroups.cli.output import make_table
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit

if TYPE_CHECKING:
    import argparse

    from stockgroups.queries.provenance import SourceAnswer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `source`."""
    parser.add_argument("name", metavar="NAME", help="a fund, theme, universe or sector")
    add_type_flag(parser)
    add_moment_flags(parser, "as_of", "known_at", "published_by", "source")
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Print the source of a group's answer."""
    with open_database(args) as db:
        answer = db.source(args.name, kind=args.type, **read_moment_flags(args))
    emit(args, answer, lambda: show(answer), judge=db.state_of)
    return 0


def show(answer: SourceAnswer) -> list[str]:
    """Return the source as lines, then a table of all recorded snapshots."""
    data = answer.effective.to_dict()
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
        ("published", "published_on"),
        ("load", "load"),
        ("loaded by", "loaded_by"),
    ):
        value = data[key]
        lines.append(f"{label}: {'none' if value is None else value}")
    proxy = "yes, in place of an issuer file" if data["is_proxy"] else "no"
    effective = f"{data['counts_from']} to {data['counts_to'] or 'now'}"
    receipt = answer.effective.receipt
    rows = receipt.get("rows", {}) if receipt else {}
    rows_text = [f"{count} {key.replace('_', ' ')}" for key, count in rows.items() if count]
    lines += [
        f"proxy: {proxy}",
        f"effective: {effective}",
        f"receipt: {', '.join(rows_text) or 'none'}",
        "",
    ]
    table = [
        (
            source.header.id,
            source.header.as_of,
            source.header.member_count,
            source.header.recorded_at.isoformat(timespec="seconds"),
            source.header.published_on,
            source.load_id,
            source.file_name or source.header.source,
            source.status,
        )
        for source in answer.recorded
    ]
    headers = ["snapshot", "as of", "members", "recorded", "published", "load", "file", "status"]
    return [*lines, *make_table(headers, table)]
