"""Texts for people: wording, escapes against control of the terminal, and similar names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import difflib
    from collections.abc import Callable, Iterable, Mapping, Sequence

Progress: TypeAlias = "Callable[[int, int, str], None]"
"""Called before each of several items with its number, the total, and its name."""
UNKNOWNS = frozenset({"unknown", "na", "n/a", "none", "not available", "other", "?"})
"""What says of a sector, market, country or number that it is not known, in lower case."""
UNNAMED = "name unknown: no source gives it"
"""What is said of a stock in place of its name."""
NEAREST = 3
_SHORTEST_PREFIX = 2
"""Characters that a text must have to suggest the names that begin with it."""
_AROUND = 34
"""Characters that are shown on each side of a place in a text: with both, a narrow terminal."""
_SIMILAR = 0.6
"""The least ratio of difflib at which two texts look alike: SPX and SPY do, NVDA and DIA do not."""


def ignore_progress(_number: int, _total: int, _name: str) -> None:
    """Do nothing: the progress callback if nobody watches."""


def escape(text: str) -> str:
    r"""Return the text on one line, with an escape (`\x1b`) for each unprintable character.

    These are all characters that Unicode does not call printable: control characters and escape
    sequences, line breaks, bidirectional overrides, invisible characters and broken bytes of file
    names. Blanks of other widths become a plain blank. The function is idempotent.
    """
    if text.isprintable():
        return text
    return "".join(
        sign
        if sign.isprintable()
        else " "
        if sign.isspace() and sign > "\x9f" and sign not in "\u2028\u2029"
        else sign.encode("unicode_escape").decode()
        for sign in text
    )


def list_some(texts: Sequence[str], most: int) -> str:
    """Return the first texts with commas between, and the number of the others."""
    shown = ", ".join(texts[:most])
    return f"{shown} and {len(texts) - most} more" if len(texts) > most else shown


def find_nearest(
    given: str,
    names: Iterable[str],
    other_names: Mapping[str, Iterable[str]] | None = None,
    most: int = NEAREST,
) -> list[str]:
    """Return the known names that resemble a text, the likeliest first; may be empty.

    A name is near if it, or a word in it, begins with the text, or if the two are similar. Case,
    `-` and `_` make no difference. `other_names` holds further names of a name, such as the display
    name of a key.
    """
    import difflib  # noqa: PLC0415 - 1 ms, only needed for an error

    wanted = _fold(given)
    if not wanted:
        return []
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    also = other_names or {}
    scores = {
        name: max(_score(wanted, _fold(called), matcher) for called in (name, *also.get(name, ())))
        for name in names
    }
    near = [name for name, score in scores.items() if score]
    return sorted(near, key=lambda name: (-scores[name], len(name), name))[:most]


def _score(wanted: str, name: str, matcher: difflib.SequenceMatcher[str]) -> float:
    """Return a folded name's score: 4 equal, 3 same start, 2 a word's start, below 1 similar."""
    if name == wanted:
        return 4.0
    if len(wanted) >= _SHORTEST_PREFIX:
        if name.startswith(wanted):
            return 3.0
        if f" {wanted}" in name:
            return 2.0
    matcher.set_seq1(name)
    if matcher.real_quick_ratio() < _SIMILAR or matcher.quick_ratio() < _SIMILAR:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= _SIMILAR else 0.0


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def point_at(text: str, column: int) -> tuple[str, str]:
    """Return the part of a text around a column (from 1), and a line with `^` below the column."""
    start = max(0, column - 1 - _AROUND)
    part = text[start : column - 1 + _AROUND]
    shown = "".join(sign if sign.isprintable() else " " for sign in part)
    ahead = "…" * (start > 0)
    behind = "…" * (start + len(part) < len(text))
    return f"{ahead}{shown}{behind}", " " * (column - 1 - start + len(ahead)) + "^"


def advise_nearest(name: str, names: Iterable[str], rest: str, most: int = NEAREST) -> str:
    """Return a remedy: the names nearest to a text, if there are any, and then `rest`."""
    near = find_nearest(name, names, most=most)
    return f"nearest: {', '.join(near)}; {rest}" if near else rest


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or plural: `1 row`, `2 rows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def name_key(key: str) -> str:
    """Return a key as people write it: `health_care` is `Health care`."""
    return key.replace("_", " ").capitalize()


def fold_key(text: str) -> str:
    """Return the key that a person means: `Crypto Miners` and `crypto-miners` are crypto_miners."""
    return "_".join(text.replace("-", " ").replace("_", " ").lower().split())
