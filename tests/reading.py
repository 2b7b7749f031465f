"""Pages as a browser without scripts reads them: texts and links."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote

from stockgroups.api import Database
from stockgroups.web.pages import Pages

_VOID = {"br", "hr", "img", "input", "link", "meta"}


class Document(HTMLParser):
    """A page that was read.

    Attributes:
        text: All that it says, with one blank between words.
        links: Where its links go, in their order.
        title: Its title.
        elements: Every element with its attributes.
    """

    def __init__(self, content: str) -> None:
        super().__init__()
        self.content = content
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._said: list[str] = []
        self._open: list[str] = []
        self.feed(content)
        self.close()
        assert not self._open, f"not closed: {self._open}"
        self.text = " ".join(" ".join(self._said).split())
        self.links = [a["href"] or "" for tag, a in self.elements if tag == "a" and "href" in a]
        self.title = content.partition("<title>")[2].partition("</title>")[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice: {attrs}"
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"{tag} closed, nothing is open"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self._said.append(data)


class Reader:
    """The pages of a database."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.site = Pages()

    def get(self, address: str) -> Document:
        """The page of an address. Raises as the site does."""
        path, _, query = address.partition("?")
        page = self.site.ask(self.db, unquote(path.partition("#")[0]), query.partition("#")[0])
        return Document(page.write().decode())
