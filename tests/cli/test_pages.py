"""The documents are correct: every command in them exists, and every snippet runs."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from commands import Command
from contents import make_once
from holdings_files import write_text
from stockgroups.cli.main import COMMANDS, make_parser
from stockgroups.db.connection import Connection
from stockgroups.errors import UsageError

PROJECT = Path(__file__).parents[2]
HAS_CHARTS = find_spec("altair") is not None
"""Whether the extra `charts` is here, which a page needs."""
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
_FENCED = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^    (?:\$ )?(stockgroups [^\n…]*)$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!http)([^)#\s]*)(?:#([^)]*))?\)")
_END = re.compile(r"\s+#\s|\s{3,}| [>|] ")
_INLINE = re.compile(r"`(stockgroups [a-z][^`…]*)`")
# Questions, which write nothing; the others need files or numbers of the reader's own.
_QUESTIONS = {
    "exposure",
    "overlap",
    "query",
    "members",
    "changes",
    "timeline",
    "source",
    "loads",
    "resolve",
    "related",
    "validate",
}
FILES = {
    "XLE_2024-06-28.csv": "symbol,weight\nXOM,60\nCVX,40\n",
    "XLE_2026-02-09.csv": "symbol,weight\nXOM,55\nCVX,45\n",
    "SPY_2024-06-28.csv": "symbol,weight\nAAPL,60\nBRK.B,30\nXOM,10\n",
    "SPY_2026-02-09.csv": "symbol,weight\nAAPL,50\nBRK.B,30\nXOM,20\n",
}
LABELS = "ticker,start_date,end_date\nAAPL,1996-01-02,\nXOM,1996-01-02,\nJPM,1996-01-02,\n"


def read_commands(page: Path) -> list[str]:
    """The commands of a page, without what the shell takes of them."""
    text = page.read_text(encoding="utf-8")
    found = _COMMAND.findall(text) + _INLINE.findall(text)
    several = [part for line in found for part in line.split(" && ")]
    return [line[: _find_end(line)].strip() for line in several]


def _find_end(line: str) -> int:
    """Where a command ends: at a comment, a gap or a sign of the shell that no quotes hold."""
    open_text = re.sub(r'"[^"]*"', lambda quoted: "_" * len(quoted[0]), line)
    end = _END.search(open_text)
    return end.start() if end else len(line)


def read_snippets(language: str) -> list[tuple[str, str]]:
    """The snippets of a language, each with its page; identity.md has a test of its own."""
    return [
        (page.name, text)
        for page in PAGES
        for kind, text in _FENCED.findall(page.read_text(encoding="utf-8"))
        if kind == language and page.name != "identity.md"
    ]


@pytest.fixture
def documented(
    command: Command, connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    """`stockgroups` on a database as the documents have it, environment DEFAULT."""
    monkeypatch.setenv("ENVIRONMENT", "DEFAULT")
    folder = tmp_path / "holdings"
    for name, text in FILES.items():
        write_text(folder / name, text)
    write_text(tmp_path / "sp500.csv", LABELS)
    make_once(connection, "documented", lambda: _fill(command, folder, tmp_path / "sp500.csv"))
    return command


def _fill(command: Command, holdings: Path, labels: Path) -> None:
    for words in (
        ("load", "--holdings-dir", holdings),
        ("organize-sectors",),
        ("organize-universe",),
        ("load-history", labels, "--universe", "sp500"),
        ("classify", "override", "XOM", "energy", "--reason", "for this test"),
        ("build-metadata",),
    ):
        answer = command(*words)
        assert answer.status == 0, answer.out + answer.err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_documents_is_one(page: Path) -> None:
    for line in read_commands(page):
        name, *flags = shlex.split(line)[1:]
        if name == "COMMAND" or flags[:1] == ["--help"]:
            continue
        assert name in COMMANDS, line
        actions = make_parser(name).actions[name].actions
        if all(word.isupper() or word == "TEXT..." or word in actions for word in flags):
            continue  # `stockgroups receipt FILE` and `stockgroups alias add` name a command alone
        given = [{"LOAD": "17", "DATE": "2026-07-02"}.get(word, word) for word in flags]
        try:
            make_parser(name).parse_args([name, *given])
        except UsageError as error:
            if "needs a value" not in str(error):
                raise
            # `stockgroups query --theme` names a flag without a value.
            make_parser(name).parse_args([name, *given, "value"])


@pytest.mark.parametrize("page", [*PAGES, PROJECT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    for name, heading in _LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / name if name else page
        assert target.is_file(), name
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
        assert not heading or heading in slugs, f"{name}#{heading}"


def test_every_question_in_the_readme_is_answered(documented: Command) -> None:
    asked = [line for line in read_commands(PROJECT / "README.md") if line.split()[1] in _QUESTIONS]
    assert len(asked) >= 8
    unknown = []
    for line in asked:
        answer = documented(*shlex.split(line)[1:])
        assert answer.status in (0, 1), f"{line}: {answer.err}"
        if answer.status:
            unknown.append(line)
    assert unknown == ["stockgroups query --etf SPX"]


@pytest.mark.parametrize(
    "page",
    ["charts.md", "expressions.md", "history.md", "loading.md", "portfolios.md", "sectors.md"],
)
def test_every_question_of_a_page_is_understood(documented: Command, page: str) -> None:
    for line in read_commands(PROJECT / "docs" / page):
        words = shlex.split(line)[1:]
        if "--plot" in words and not HAS_CHARTS:
            continue
        if words[0] in _QUESTIONS:
            assert documented(*words).status in (0, 1), line


@pytest.mark.parametrize("number", range(len(read_snippets("sql"))))
def test_every_sql_snippet_finds_something(
    documented: Command, connection: Connection, number: int
) -> None:
    page, text = read_snippets("sql")[number]
    if page == "changeover.md":
        pytest.skip("grants of a role: tests/migration/test_grants.py runs it")
    assert connection.execute(text.encode()).fetchall(), page


def test_the_readme_asks_sql_for_one_environment_only(
    documented: Command, connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (text,) = [text for page, text in read_snippets("sql") if page == "README.md"]
    before = set(connection.execute(text.encode()))
    monkeypatch.setenv("ENVIRONMENT", "UAT")
    assert documented("load", "--holdings-dir", tmp_path / "holdings").status == 0
    assert set(connection.execute(text.encode())) == before


def test_every_python_snippet_runs(
    documented: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for page, text in read_snippets("python"):
        if page == "charts.md" and not HAS_CHARTS:
            continue
        exec(compile(text, page, "exec"), {})
        assert capsys.readouterr().out.strip(), page


def test_the_example_of_a_catalogue_is_one(
    documented: Command, tmp_path: Path, connection: Connection
) -> None:
    (text,) = [text for page, text in read_snippets("toml") if page == "catalogs.md"]
    write_text(tmp_path / "mine" / "etfs.toml", text)
    answer = documented("load", "--catalog", tmp_path / "mine", "--etf", "NEWF")
    assert answer.status == 1
    assert "no holdings file for NEWF" in answer.err
