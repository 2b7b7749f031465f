"""Each command that a message names is run as it is printed, and does what the message says.

A row of WALKS makes the situation at the command line, takes the command out of what is printed,
runs it and sees that the finding or the error is gone. A message that names another command fails
the first test until it has a row; so does a row that no message prints any more.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable

import pytest

from commands import Command
from contents import make_once
from holdings_files import write_ishares, write_list, write_text
from remedies.printed import list_commands
from remedies.scene import Scene
from samples import DAY
from stockgroups.db.connection import Target

IVV = "iShares Core S&P 500 ETF"
ONE_DAY = dt.timedelta(days=1)
Walk = Callable[[Scene, str], None]
WALKS: dict[str, Walk] = {}

ELSEWHERE = {
    "stockgroups {}": "stands for load, organize-sectors and organize-universe",
    "stockgroups COMMAND --help": "COMMAND is the reader's; see tests/cli/test_reference.py",
    "stockgroups members --help": "tests/cli/test_reference.py",
    "stockgroups export": "tests/jobs/test_import_refusals.py",
    "stockgroups db start": "tests/embedded/test_server.py",
    "stockgroups db stop": "tests/embedded/test_server.py",
    "stockgroups db partition": "tests/cli/test_partition_command.py",
    "stockgroups db partition --undo": "tests/db/test_distribution.py",
    "stockgroups db distribute --undo": "tests/db/test_distribution.py",
    "stockgroups migrate": "tests/checks/test_validate.py",
    "stockgroups migrate --rollback {}": "tests/migration/test_migration_rollback.py",
    "stockgroups migrate --validate-only": "tests/migration/test_archive.py",
    "stockgroups archive-legacy": "tests/migration/test_archive.py",
    "stockgroups archive-legacy --restore": "tests/migration/test_archive.py",
    "stockgroups classify override SYMBOL SECTOR --reason TEXT": "see the form with {}",
    "stockgroups alias add {} {} --effective {} --source TEXT": "tests/checks",
    "stockgroups alias add {} --reused --effective {} --source TEXT": "tests/checks",
    "stockgroups loads {}": "tests/cli/test_identity_changes.py",
    "stockgroups timeline {} --plot FILE": "tests/cli/test_plot.py",
    "stockgroups formats": "tests/cli/test_formats_command.py",
    "stockgroups load-nport FILE": "tests/jobs/test_load_nport.py",
    "stockgroups load-nport --filed-on": "tests/jobs/test_load_nport.py",
    "stockgroups receipt FILE": "tests/cli/test_receipt.py",
    "stockgroups receipt {}": "tests/cli/test_receipt.py",
    "stockgroups exposure --portfolio FILE": "tests/cli/test_exposure_command.py",
    "stockgroups load": "tests/cli/test_report_command.py",
    "stockgroups load {}": "tests/cli/test_daily_commands.py",
    "stockgroups validate": "tests/checks/test_validate.py",
    "stockgroups validate --verbose": "tests/cli/test_report_command.py",
    "stockgroups alias add OLD NEW --effective DATE --source TEXT": "see the form with {}",
    "stockgroups load-universe FILE --universe KEY": "tests of load-universe",
    "stockgroups load-history FILE --universe KEY": "tests/cli/test_history_commands.py",
}
"""Commands that need more than one line of a scene; the place that holds them."""


def walk(template: str) -> Callable[[Walk], Walk]:
    def add(function: Walk) -> Walk:
        assert template not in WALKS
        WALKS[template] = function
        return function

    return add


def make_funds(scene: Scene) -> None:
    """One fund, with a theme, sectors and metadata: nothing is wrong."""
    write_ishares(scene.holdings / "IVV_a.csv", IVV, DAY, {"AAPL": 600.0, "BRKB": 400.0})

    def make() -> None:
        scene.run("load", "--no-proxies")
        scene.run("organize-sectors")
        scene.run("organize-universe")
        scene.run("build-metadata")

    make_once(scene.connection, "remedies", make)


def lose_a_member(scene: Scene) -> str:
    make_funds(scene)
    scene.connection.execute("DELETE FROM group_memberships WHERE symbol = 'BRK.B'")
    return scene.findings("reconcile")[0]


def test_each_command_that_a_message_names_has_a_row() -> None:
    printed = list_commands()
    rows = WALKS.keys() | ELSEWHERE.keys()
    assert not WALKS.keys() & ELSEWHERE.keys()
    assert printed.keys() - rows == set(), "give these commands a row: see the top of this file"
    assert rows - printed.keys() == set(), "no message prints these commands any more"


@pytest.mark.parametrize("template", WALKS, ids=lambda template: template.replace(" ", "_"))
def test_a_command_that_a_message_names_does_what_it_says(scene: Scene, template: str) -> None:
    WALKS[template](scene, template)


@walk("stockgroups load --rebuild --etf {}")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    scene.connection.execute(
        "UPDATE definition_groups SET metadata = metadata || '{\"total_holdings\": 99}'"
        " WHERE name = 'IVV'"
    )
    (told,) = scene.findings("its metadata says 99")
    assert scene.follow(told, template).status == 0
    assert not scene.findings("its metadata says")


@walk("stockgroups load --etf {}")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    write_ishares(
        scene.holdings / "IWB_a.csv", "iShares Russell 1000 ETF", DAY, {"AAPL": 1.0, "KO": 1.0}
    )
    told = scene.command("query", "--etf", "IWB")
    assert told.status == 1
    assert scene.follow(told.err, template).status == 0
    scene.run("query", "--etf", "IWB")


@walk("stockgroups timeline {}")
def _(scene: Scene, template: str) -> None:
    for day, other in ((DAY, "ZQZQ"), (DAY + ONE_DAY, "KO")):
        write_list(scene.holdings / f"XLE_{day}.csv", {"XOM": 0.6, other: 0.4})
    scene.run("load", "--no-proxies", "--accept", "shrink")
    told = scene.run("query", "--stock", "zqzq")
    assert str(DAY + ONE_DAY) in scene.follow(told.out, template).out


@walk("stockgroups build-metadata")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    scene.connection.execute("DELETE FROM cache_entries WHERE key = 'AAPL'")
    told = scene.findings("has no metadata")
    assert len(told) == 1
    assert scene.follow(told[0], template).status == 0
    assert not scene.findings("has no metadata")


@walk("stockgroups build-metadata --rebuild")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    scene.connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        " VALUES ('stock_metadata', 'ZZZZ', 'ZZZZ', '{}', 'TEST')"
    )
    (told,) = scene.findings("is held by no ETF")
    assert scene.follow(told, template).status == 0
    assert not scene.findings("is held by no ETF")


@pytest.mark.parametrize(
    "change",
    [
        # The same cause is told once, and no other part of validate tells it in its own words.
        "UPDATE definition_groups SET metadata = metadata || '{\"industries\": []}'"
        " WHERE name = 'energy'",
        'UPDATE definition_groups SET metadata = metadata || \'{"related_themes": ["none"]}\''
        " WHERE name = 'crypto_miners'",
        "UPDATE cache_entries SET value = value || '{\"industry\": \"Tea\"}' WHERE key = 'AAPL'",
        "UPDATE cache_entries SET value = value || '{\"member_of_etfs\": []}' WHERE key = 'AAPL'",
    ],
)
def test_one_cause_is_one_finding_and_its_remedy_removes_it(scene: Scene, change: str) -> None:
    make_funds(scene)
    before = scene.findings("")
    scene.connection.execute(change)
    (told,) = set(scene.findings("")) - set(before)
    assert scene.command("validate").status == 1
    for template in ("stockgroups db reconcile --restore", "stockgroups build-metadata"):
        if f"`{template}`" in told:
            assert scene.follow(told, template).status == 0
            break
    assert scene.findings("") == before


@walk("stockgroups db reconcile --restore")
def _(scene: Scene, template: str) -> None:
    assert scene.follow(lose_a_member(scene), template).status == 0
    assert not scene.findings("reconcile")
    assert "BRK.B" in scene.run("query", "--etf", "IVV").out


@walk("stockgroups db reconcile")
def _(scene: Scene, template: str) -> None:
    assert scene.follow(lose_a_member(scene), template).status == 0
    scene.run("build-metadata")
    assert not scene.findings("reconcile")
    assert "BRK.B" not in scene.run("query", "--etf", "IVV").out


@walk("stockgroups db rebuild")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    scene.connection.execute("DELETE FROM stockgroups.membership_history")
    told = scene.findings("db rebuild")
    assert scene.follow(told[0], template).status == 0
    assert not scene.findings("db rebuild")


@walk("stockgroups organize-sectors")
def _(scene: Scene, template: str) -> None:
    _organize(scene, template)


@walk("stockgroups organize-universe")
def _(scene: Scene, template: str) -> None:
    _organize(scene, template)


def _organize(scene: Scene, template: str) -> None:
    write_ishares(scene.holdings / "IVV_a.csv", IVV, DAY, {"AAPL": 600.0, "BRKB": 400.0})
    scene.run("load", "--no-proxies")
    told = scene.findings(f"`{template}`")
    assert told
    assert scene.follow(told[0], template).status == 0
    assert not scene.findings(f"`{template}`")


@walk("stockgroups rollback {}")
def _(scene: Scene, template: str) -> None:
    scene.run("load")
    told = scene.run("load", "--remove-proxies")
    assert scene.command("query", "--etf", "SPY").status == 1
    assert scene.follow(told.out, template).status == 0
    scene.run("query", "--etf", "SPY")


@walk("stockgroups source {}")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    for words in (
        ("--etf", "IVV", "--source", "nport"),
        ("--etf", "IVV", "--as-of", str(DAY), "--published-by", str(DAY)),
        ("--theme", "crypto_miners", "--source", "nport"),
    ):
        told = scene.command("query", *words)
        assert told.status == 1
        assert words[1] in scene.follow(told.err, template).out


@walk("stockgroups loads")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    told = scene.command("rollback", "99")
    assert told.status == 1
    number = scene.follow(told.err, template).lines[-1].split()[0]
    scene.run("rollback", number)


def test_the_load_that_took_everything_back_is_found_and_taken_back(scene: Scene) -> None:
    write_list(scene.holdings / f"MINE_{DAY}.csv", {"KO": None})
    scene.run("load", "--no-proxies")
    scene.run("rollback", "1")
    told = scene.command("query", "--etf", "MINE", "--as-of", str(DAY))
    assert told.status == 1
    newest = scene.follow(told.err, "stockgroups loads").lines[2].split()[0]
    scene.run("rollback", newest)
    scene.run("query", "--etf", "MINE", "--as-of", str(DAY))


@walk("stockgroups freshness --max-age {}")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    told = scene.command("query", "--stats", "--max-age", "0")
    assert told.status == 2
    answer = scene.follow(told.err, template)
    assert answer.status == 1
    assert "IVV" in answer.out


@walk("stockgroups query {} {}")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    told = scene.command("query", "--theme", "IVV")
    assert told.status == 1
    assert "AAPL" in scene.follow(told.err, template).out


@walk("stockgroups --help")
def _(scene: Scene, template: str) -> None:
    _get_help(scene, template, "zzzzzzzz")


def _get_help(scene: Scene, template: str, *wrong: str) -> None:
    told = scene.command(*wrong)
    assert told.status == 2
    with pytest.raises(SystemExit, match="0"):  # argparse prints the help and leaves
        sys.exit(scene.follow(told.err, template).status)


@walk("stockgroups load-directory FILE")
def _(scene: Scene, template: str) -> None:
    content = (
        "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|"
        "NextShares\nAAPL|Apple Inc. - Common Stock|Q|N|N|100|N|N\n"
        "File Creation Time: 0702202618:01|||||||\n"
    )
    path = write_text(scene.holdings / "nasdaqlisted.txt", content)
    told = scene.command("load", "--no-proxies")
    assert told.status == 1
    assert scene.follow(told.err, template, FILE=str(path)).status == 0


@walk("stockgroups classify override {} SECTOR --reason TEXT")
def _(scene: Scene, template: str) -> None:
    write_list(scene.holdings / f"MINE_{DAY}.csv", {"ZZZY": None})
    scene.run("load", "--no-proxies")
    scene.run("organize-sectors")
    scene.run("build-metadata")
    (told,) = scene.findings("ZZZY: has no sector")
    done = scene.follow(told, template, SECTOR="energy", TEXT="it drills")
    assert done.status == 0, done.err
    scene.run("build-metadata")
    assert not scene.findings("ZZZY")


def _override(scene: Scene) -> None:
    make_funds(scene)
    scene.run("classify", "override", "AAPL", "energy", "--reason", "a test")
    scene.run("build-metadata")


@walk("stockgroups classify override SYMBOL --remove --reason TEXT")
def _(scene: Scene, template: str) -> None:
    _override(scene)
    told = scene.run("query", "--stock", "AAPL", "--explain")
    done = scene.follow(told.out, template, SYMBOL="AAPL", TEXT="over")
    assert done.status == 0, done.err
    scene.run("build-metadata")
    assert "sector: energy" not in scene.run("query", "--stock", "AAPL").out


@walk("stockgroups classify override --list")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    told = scene.command("classify", "override", "AAPL", "--remove", "--reason", "none")
    assert told.status == 1
    assert scene.follow(told.err, template).status == 0


@walk("stockgroups classify override AAPL energy --reason TEXT")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    told = scene.command("classify", "override", "AAPL")
    assert told.status == 2
    assert scene.follow(told.err, template, TEXT="a test").status == 0


@walk("stockgroups alias list")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    told = scene.command("alias", "remove", "ZZZY", "--effective", "2020-01-01")
    assert told.status == 1
    assert scene.follow(told.err, template).status == 0


@walk("stockgroups search TEXT")
def _(scene: Scene, template: str) -> None:
    scene.connection.execute(
        "INSERT INTO definition_groups (name, type, environment)"
        " SELECT 'theme_' || n, 'THEME', 'TEST' FROM generate_series(1, 300) n"
    )
    told = scene.command("query", "--theme", "zzzzzzzzzz")
    assert told.status == 1
    assert "theme_17\n" in scene.follow(told.err, template, TEXT="theme_17").out


@walk("stockgroups members EXPR --save NAME")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    told = scene.run("refresh", "--saved")
    assert scene.follow(told.out, template, EXPR="IVV", NAME="mine").status == 0
    assert "Unchanged mine: 2 stocks" in scene.run("refresh", "--saved").out


@walk("stockgroups refresh {}")
def _(scene: Scene, template: str) -> None:
    make_funds(scene)
    scene.run("members", "IVV - stock:AAPL", "--save", "mine")
    write_ishares(scene.holdings / "IVV_b.csv", IVV, DAY + ONE_DAY, {"AAPL": 600.0, "KO": 400.0})
    scene.run("load", "--no-proxies", "--accept", "all")
    for told in (scene.findings("stale expression")[0], scene.run("query", "--custom", "mine").out):
        assert "1 stock would be added, 1 stock would be removed" in told
    assert scene.follow(told, template).status == 0
    assert not scene.findings("stale expression")
    assert "stale" not in scene.run("query", "--custom", "mine").out


@walk("stockgroups db upgrade")
def _(scene: Scene, template: str) -> None:
    scene.connection.execute("DROP SCHEMA stockgroups CASCADE")
    scene.connection.execute(
        "DROP TABLE group_memberships, definition_groups, cache_entries CASCADE"
    )
    told = scene.command("load")
    assert told.status == 3
    assert scene.follow(told.err, template).status == 0
    scene.run("load")


def test_tables_that_were_never_made(
    empty_target: Target, bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_target.url)
    told = bare("validate")
    assert told.status == 3
    assert "`stockgroups db upgrade`" in told.err
    assert bare("db", "upgrade").status == 0
    assert bare("load").status == 0


def _ask_as_shown(command: str, *examples: str) -> None:
    """Add a row for each example that the command shows if it is called without arguments."""
    for example in examples:

        @walk(f"stockgroups {command} {example}")
        def _(scene: Scene, template: str) -> None:
            for fund in ("SPY", "QQQ", "VTI"):
                write_list(scene.holdings / f"{fund}_{DAY}.csv", {"AAPL": 60.0, "MSFT": 40.0})
            scene.run("load", "--no-proxies")
            told = scene.command(command)
            assert told.status == 2
            answer = scene.follow(told.err, template)
            assert answer.status == 0, answer.err


_ask_as_shown("changes", "SPY", "--stock AAPL")
_ask_as_shown("overlap", "SPY QQQ", "--all")
_ask_as_shown("exposure", "VTI=40 QQQ=30")
