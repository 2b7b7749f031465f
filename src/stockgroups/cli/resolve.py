"""Show which stock a text means: any spelling, a former symbol, an ISIN, CUSIP, SEDOL or FIGI.

`-` reads texts from standard input, one per line. With --as-of, symbols are those of that day. Each
answer says how it was found and how certain it is: high, medium, low, none. If a text may mean
several stocks, all are listed. If nothing decides between them, or the text is unknown, the answer
is none, with the reason. The exit status is 1 when a text has no answer. --explain adds the
evidence about these stocks, with its rank and dates, and why they are one stock or several.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_date_flag
from stockgroups.cli.output import make_table, name_rest
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from stockgroups.jobs.explain import ExplainedAnswer
    from stockgroups.queries.resolutions import Candidate, Resolution
    from stockgroups.ranges import SymbolInterval

MOST_TEXTS = 1_000_000
LONGEST_TEXT = 200
MOST_EXPLAINED = 20
MOST_SHOWN = 40
"""Pieces of evidence of one stock, and reasons, that are shown."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `resolve`."""
    parser.add_argument(
        "texts", metavar="TEXT", nargs="+", help="what to look up; - reads standard input"
    )
    add_date_flag(parser, "--as-of", "the day of the symbols (YYYY-MM-DD); default: today")
    parser.add_argument(
        "--explain",
        action="store_true",
        help="show the evidence that the stocks are one, or several",
    )
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Resolve, and print one line or JSON object for each text."""
    from stockgroups.queries.resolutions import Confidence  # noqa: PLC0415 - not for --help

    texts = list(_read_texts(args.texts))
    if args.explain:
        return _explain(args, texts)
    with open_database(args) as db:
        found = db.resolve(texts, args.as_of)
    emit(args, found, lambda: show(found))
    return 1 if any(one.confidence is Confidence.NONE for one in found) else 0


def _explain(args: argparse.Namespace, texts: Sequence[str]) -> int:
    """Resolve a few texts with all evidence. Their number is limited; each may have a long past."""
    from stockgroups.queries.resolutions import Confidence  # noqa: PLC0415

    if len(texts) > MOST_EXPLAINED:
        raise UsageError(
            f"{len(texts)} texts are too many to explain",
            where="--explain",
            remedy=f"give at most {MOST_EXPLAINED}",
        )
    with open_database(args) as db:
        answer = db.explain_resolution(texts, args.as_of)
    emit(args, answer.to_dict(), lambda: show_explained(answer), table=answer.resolutions)
    return 1 if any(one.confidence is Confidence.NONE for one in answer.resolutions) else 0


def show_explained(answer: ExplainedAnswer) -> list[str]:
    """Return the answers, then each stock with its evidence, then why they are one or several."""
    lines = show(answer.resolutions)
    for stock in answer.stocks:
        number = f"security {stock.security_id}" if stock.security_id else "in no group"
        lines += [
            "",
            f"{stock.label} · {number} · {'; '.join(map(_format_interval, stock.symbols))}",
        ]
        shown = stock.evidence[:MOST_SHOWN]
        rows = [
            (one.rule.rank, one.rule, one.first, one.last, one.symbol, one.says, one.source)
            for one in shown
        ]
        headers = ["rank", "rule", "from", "to", "symbol", "evidence", "source"]
        lines += [f"  {line}" for line in make_table(headers, rows)]
        lines += name_rest(stock.evidence, shown, "--json has all", indent=2)
    reasons = [
        f"  {'one stock' if one.is_join else 'two stocks'}: {one.one} and {one.other}: {one.why}"
        f" ({one.rule}, rank {one.rule.rank})"
        for one in answer.reasons[:MOST_SHOWN]
    ]
    reasons += name_rest(answer.reasons, reasons, "--json has all", indent=2)
    return [*lines, "", "Why:", *reasons] if reasons else lines


def _format_interval(interval: SymbolInterval) -> str:
    dates = interval.to_dict()
    since = f" from {dates['valid_from']}" if dates["valid_from"] else ""
    until = f" until {dates['valid_to']}" if dates["valid_to"] else ""
    return f"{interval.symbol}{since}{until}"


def show(found: Sequence[Resolution]) -> list[str]:
    """Return the answers as a table; the candidates follow each answer."""
    rows: list[Sequence[object]] = []
    for one in found:
        rows.append((one.text, *_cells(one), one.confidence, one.why))
        rows += [("", *_cells(candidate), "candidate", None) for candidate in one.candidates]
    headers = ["text", "symbol", "current symbol", "security", "by", "confidence", "why"]
    if all(one.why is None for one in found):
        return make_table(headers[:-1], [row[:-1] for row in rows])
    return make_table(headers, rows)


def _cells(one: Resolution | Candidate) -> tuple[object, ...]:
    return one.symbol, one.current_symbol, one.security_id, one.method


def _read_texts(words: Sequence[str]) -> Iterator[str]:
    """Yield the texts. Raise UsageError if they are too many or too long."""
    count = 0
    for word in words:
        for text in _read_lines() if word == "-" else (word,):
            count += 1
            if count > MOST_TEXTS or len(text) > LONGEST_TEXT:
                raise UsageError(
                    f"text {count} is over the limit, or too long",
                    where="resolve",
                    remedy=f"give at most {MOST_TEXTS} texts of at most {LONGEST_TEXT} characters",
                )
            yield text


def _read_lines() -> Iterator[str]:
    for line in iter(lambda: sys.stdin.readline(LONGEST_TEXT + 2), ""):
        text = line.lstrip("\ufeff").strip()  # a file may begin with a byte order mark
        if text:
            yield text
