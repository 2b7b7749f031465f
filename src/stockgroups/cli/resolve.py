"""Tell which stocks texts mean: a symbol in any spelling, a former one, ISIN, CUSIP, SEDOL, FIGI.

`-` reads texts from standard input, one on a line. With --as-of the symbols are those of that day.
Each answer says by what it was found and how sure it is: high, medium, low, none. Where a text may
mean several stocks, all are listed; where nothing tells which, none is the answer. Exit 1 when a
text has no answer.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from stockgroups.cli.flags import parse_date
from stockgroups.cli.output import make_table, print_json
from stockgroups.cli.session import open_session
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from stockgroups.queries.resolutions import Candidate, Resolution

MOST_TEXTS = 1_000_000
LONGEST_TEXT = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `resolve`."""
    parser.add_argument("texts", metavar="TEXT", nargs="+", help="what to resolve; - for stdin")
    parser.add_argument("--as-of", metavar="DATE", help="as of a day (YYYY-MM-DD), not today")


def run(args: argparse.Namespace) -> int:
    """Resolve, and print one line or JSON object for each text."""
    from stockgroups.queries.resolutions import Confidence  # noqa: PLC0415 - not for --help
    from stockgroups.queries.resolve import resolve  # noqa: PLC0415

    as_of = parse_date(args.as_of)
    texts = list(_read_texts(args.texts))
    with open_session(args) as session:
        found = resolve(
            session.connection, session.environment, texts, session.load_catalog(), as_of
        )
    if args.json:
        print_json([one.as_dict() for one in found])
    else:
        print("\n".join(show(found)))
    return 1 if any(one.confidence is Confidence.NONE for one in found) else 0


def show(found: Sequence[Resolution]) -> list[str]:
    """Return the answers as a table; candidates stand under theirs."""
    rows: list[Sequence[object]] = []
    for one in found:
        rows.append((one.text, *_cells(one), one.confidence))
        rows += [("", *_cells(candidate), "candidate") for candidate in one.candidates]
    return make_table(["text", "symbol", "current symbol", "security", "by", "confidence"], rows)


def _cells(one: Resolution | Candidate) -> tuple[object, ...]:
    return one.symbol, one.current_symbol, one.security_id, one.method


def _read_texts(words: Sequence[str]) -> Iterator[str]:
    """Yield the texts; raise UsageError for more, or longer ones, than anybody means."""
    count = 0
    for word in words:
        for text in _read_lines() if word == "-" else (word,):
            count += 1
            if count > MOST_TEXTS or len(text) > LONGEST_TEXT:
                raise UsageError(
                    f"text {count} is one too many, or too long",
                    where="resolve",
                    remedy=f"give {MOST_TEXTS} at most, of {LONGEST_TEXT} characters at most",
                )
            yield text


def _read_lines() -> Iterator[str]:
    for line in iter(lambda: sys.stdin.readline(LONGEST_TEXT + 2), ""):
        text = line.strip()
        if text:
            yield text
