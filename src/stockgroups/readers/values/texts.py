"""Printed text made fit to be stored and shown, whatever is in it.

A file can hold what a database refuses (NUL, half of a surrogate pair) and what a terminal obeys
(escape sequences, marks that turn the direction of writing): in names of funds, of columns and of
itself, and in the rows that are rejected for it.
"""

from __future__ import annotations

_BLANKS = dict.fromkeys(map(ord, "\xa0\u1680\u202f\u205f\u3000"), " ") | dict.fromkeys(
    range(0x2000, 0x200B), " "
)


def is_printable(text: str) -> bool:
    """Return whether the text is one line of visible characters and blanks of any width."""
    return text.isprintable() or text.translate(_BLANKS).isprintable()


def escape_text(text: str, longest: int) -> str:
    r"""Return the text, cut, with what is not printable written out: `\x1b`, `\n`, `\ud800`."""
    text = text[:longest]
    if is_printable(text):
        return text
    return "".join(
        sign if is_printable(sign) else sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )
