"""Explain a web page that came in place of a file."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

_LOOKED_AT = 256 << 10
_IS_PAGE = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(r"<title[^>]*>(.{0,200}?)</title>", re.DOTALL)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


class Page(NamedTuple):
    """The kind of a page in words, and what to do; `is_wall`: the site refuses programs."""

    words: str
    remedy: str
    is_wall: bool = False


_BY_HAND = "download the file by hand in a browser, and put it into the holdings folder"
_LATER = (
    "try again tomorrow; if this persists, the address has changed: correct it in your "
    "own fetch.toml"
)
_SEC = Page(
    "the SEC's page for programs without a contact (Undeclared Automated Tool)",
    "set SEC_CONTACT to your name and email address, and wait ten minutes",
    is_wall=True,
)
_WALL = Page("a page that blocks programs (a bot wall)", _BY_HAND, is_wall=True)
_LOGIN = Page("a login page", _BY_HAND)
_MISSING = Page("a page that says `not found`, with status 200", _LATER)
_TERMS = Page("a page that asks to accept terms, or who you are", _BY_HAND)

_SIGNS: tuple[tuple[re.Pattern[str], Page], ...] = (
    (re.compile(r"undeclared automated tool|request rate threshold exceeded"), _SEC),
    (
        re.compile(
            r"captcha|just a moment|checking your browser|cf-chl|incapsula|imperva|access denied|"
            r"are you (a )?(robot|human)|unusual traffic|pardon our interruption|"
            r"request unsuccessful|errors\.edgesuite\.net|perimeterx|datadome"
        ),
        _WALL,
    ),
    (re.compile(r"type\s*=\s*[\"']?password|<title[^>]*>[^<]{0,80}(log ?in|sign ?in)\b"), _LOGIN),
    (
        re.compile(
            r"<title[^>]*>[^<]{0,120}(not found|404|not available|no longer available|error)|"
            r"page (is )?not (found|available)|page (you requested )?(cannot|can't) be found|"
            r"<h[12][^>]*>\s*(404|error|not found)"
        ),
        _MISSING,
    ),
    (
        re.compile(r"accept (the |our )?terms|i am an? (individual|institutional|professional)"),
        _TERMS,
    ),
)


def is_page(data: bytes) -> bool:
    """Return whether a body is a web page."""
    return _IS_PAGE.match(data.removeprefix(b"\xef\xbb\xbf")[:4096]) is not None


def explain_page(data: bytes) -> Page:
    """Return the kind of a web page, with its title if it has one."""
    text = data[:_LOOKED_AT].decode("utf-8", "replace").lower()
    found = next((page for signs, page in _SIGNS if signs.search(text)), None)
    page = found or Page("a web page, not the file", _LATER)
    title = _TITLE.search(data[:_LOOKED_AT].decode("utf-8", "replace").replace("TITLE", "title"))
    shown = " ".join(html.unescape(_TAGS.sub(" ", title[1])).split())[:80] if title else ""
    return page._replace(words=f"{page.words}: {shown!r}") if shown else page
