"""`stockgroups load`: its flags, its lines, its JSON, its exit statuses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from commands import Command
from holdings_files import HTML_PAGE, write_ishares, write_list, write_ssga, write_text
from samples import DAY
from stockgroups.db.connection import Connection
from tables import dump, read_members, read_one

IVV = "iShares Core S&P 500 ETF"
MDY = "SPDR® S&P MIDCAP 400® ETF Trust"
LATER = DAY + dt.timedelta(days=1)
EARLIER = DAY - dt.timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two dates of one fund, another fund, and a page that was saved in place of a file."""
    folder = tmp_path / "files"
    write_ishares(folder / "IVV_a.csv", IVV, DAY, {"AAPL": 600.0, "BRKB": 400.0})
    write_ishares(folder / "IVV_b.csv", IVV, EARLIER, {"AAPL": 1.0, "BRKB": 1.0})
    write_ssga(folder / "sub" / "x.xlsx", "MDY", MDY, DAY, {"EQT": 0.75, "FIX": 0.25})
    return folder


def load(command: Command, folder: Path, *words: object) -> list[str]:
    """The lines of a load that nothing is wrong with, of funds with files only."""
    answer = command("load", "--holdings-dir", folder, *words)
    assert (answer.status, answer.err) == (0, "")
    others = ("(proxy)", "Neither file nor proxy")
    return [line for line in answer.lines if not any(words in line for words in others)]


def test_funds_of_the_catalogue_without_file_or_proxy_are_named(
    command: Command, folder: Path
) -> None:
    start = "Neither file nor proxy: "
    lines = command("load", "--holdings-dir", folder, "--verbose").lines
    (absent,) = [line for line in lines if line.startswith(start)]
    names = set(absent.rpartition(": ")[2].split(", "))
    assert {"VUG", "SCHG"} <= names
    assert not {"SPY", "IVV", "MDY"} & names
    lines = command("load", "--holdings-dir", folder).lines
    (absent,) = [line for line in lines if line.startswith(start)]
    assert absent.endswith(f" and {len(names) - 20} more; --verbose lists them")


def test_the_report_tells_each_file_and_each_fund(
    command: Command, connection: Connection, folder: Path
) -> None:
    first, *rest = load(command, folder)
    assert first.startswith("Loading into ")
    assert first.endswith(f"/{connection.info.dbname}, environment TEST")
    assert rest == [
        "  IVV_a.csv · new · ishares_us IVV as of 2026-07-01 · 2 rows, 2 members",
        "  IVV_b.csv · recorded as history · ishares_us IVV as of 2026-06-30 · 2 rows, 2 members",
        "  sub/x.xlsx · new · ssga_us MDY as of 2026-07-01 · 2 rows, 2 members",
        "✓ Inserted IVV: 2 holdings",
        "✓ Inserted MDY: 2 holdings",
        "3 files: 2 new, 1 recorded as history",
        "Proxies (index members in place of a file): 15",
        "Stock metadata may be stale now: run `stockgroups build-metadata`",
    ]
    assert load(command, folder)[1:] == [
        "  IVV_a.csv · unchanged · ishares_us IVV as of 2026-07-01 · 2 rows, 2 members",
        "  IVV_b.csv · unchanged · ishares_us IVV as of 2026-06-30 · 2 rows, 2 members",
        "  sub/x.xlsx · unchanged · ssga_us MDY as of 2026-07-01 · 2 rows, 2 members",
        "✓ Unchanged IVV: 2 holdings",
        "✓ Unchanged MDY: 2 holdings",
        "3 files: 3 unchanged",
        "Proxies (index members in place of a file): 15",
        "Nothing changed: already up to date",
    ]
    write_ishares(folder / "IVV_c.csv", IVV, LATER, {"AAPL": 1.0, "BRKB": 2.0, "KO": 1.0})
    assert "✓ Updated IVV: 3 holdings (+1 −0, 2 reweighted)" in load(command, folder)


@pytest.mark.parametrize("flags", [["--dry-run"], ["--mode", "dry-run"]])
def test_a_dry_run_shows_the_plan_and_writes_nothing(
    command: Command, connection: Connection, folder: Path, flags: list[str]
) -> None:
    before = dump(connection)
    lines = load(command, folder, *flags)
    assert lines[0].startswith("[DRY-RUN] Would load into ")
    assert "[DRY-RUN] Would insert IVV: 2 holdings (+2 −0, 0 reweighted)" in lines
    assert not any(line.startswith(("✓", "Stock metadata")) for line in lines)
    assert dump(connection) == before
    load(command, folder)
    write_ishares(folder / "IVV_c.csv", IVV, LATER, {"AAPL": 1.0, "BRKB": 2.0, "KO": 1.0})
    before = dump(connection)
    lines = load(command, folder, *flags)
    assert "[DRY-RUN] Would update IVV: 3 holdings (+1 −0, 2 reweighted)" in lines
    assert dump(connection) == before


@pytest.mark.parametrize("flags", [["--mode", "full"], ["--rebuild"]])
def test_a_full_load_parses_again_and_changes_nothing(
    command: Command, connection: Connection, folder: Path, flags: list[str]
) -> None:
    load(command, folder)
    before = dump(connection)
    lines = load(command, folder, *flags)
    assert "  IVV_a.csv · unchanged · ishares_us IVV as of 2026-07-01 · 2 rows, 2 members" in lines
    assert lines[-1] == "Nothing changed: already up to date"
    assert dump(connection) == before


def test_one_fund_alone(command: Command, connection: Connection, folder: Path) -> None:
    # Whatever else lies there is nobody's business when one fund is asked for.
    write_text(folder / "SPY_page.csv", HTML_PAGE)
    lines = load(command, folder, "--etf", "mdy")
    assert lines[1:] == [
        "  sub/x.xlsx · new · ssga_us MDY as of 2026-07-01 · 2 rows, 2 members",
        "✓ Inserted MDY: 2 holdings",
        "1 file: 1 new",
        "Stock metadata may be stale now: run `stockgroups build-metadata`",
    ]
    names = connection.execute("SELECT name FROM definition_groups").fetchall()
    assert names == [("MDY",)]


def test_a_refused_file_is_named_its_fund_stays_and_the_rest_loads(
    command: Command, connection: Connection, folder: Path
) -> None:
    load(command, folder, "--etf", "IVV")
    write_text(folder / "IVV_a.csv", HTML_PAGE)
    answer = command("load", "--holdings-dir", folder)
    assert answer.status == 1
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith(
        "✗ IVV_a.csv: refused: an HTML page, not a known format; download the file itself"
    )
    assert "✓ Unchanged IVV: 2 holdings" in answer.lines
    assert "✓ Inserted MDY: 2 holdings" in answer.lines
    assert read_members(connection, "IVV") == {"AAPL": 0.6, "BRK.B": 0.4}
    answer = command("load", "--holdings-dir", folder)
    # It is not said that all was there: a file was refused.
    assert (answer.status, answer.lines[-1]) == (1, "Nothing changed")


def test_a_date_for_files_that_say_none(command: Command, tmp_path: Path) -> None:
    write_list(tmp_path / "MINE.csv", {"IBM": 0.5, "GE": 0.5})
    answer = command("load", "--etf", "MINE", "--holdings-dir", tmp_path)
    assert answer.status == 1
    assert "MINE.csv: refused: no as-of date" in answer.err
    assert "--as-of" in answer.err
    lines = load(command, tmp_path, "--etf", "MINE", "--as-of", "2026-06-15")
    assert lines[1] == "  MINE.csv · new · plain MINE as of 2026-06-15 · 2 rows, 2 members"


MANY = {f"S{chr(65 + n)}": 0.1 for n in range(10)}
HALF = dict(list(MANY.items())[:6])


@pytest.mark.parametrize(
    ("guard", "date", "weights", "words"),
    [
        ("shrink", LATER, HALF, "4 of 10 members (40%) removed"),
        ("rows", LATER, {"SA": 0.5, "SB": 0.5}, "2 members, less than half of the 10"),
        ("future", dt.date(2099, 1, 1), MANY, "is in the future"),
        ("weights", LATER, dict.fromkeys(MANY, 0.3), "sum to 3"),
    ],
)
def test_each_guard_refuses_until_it_is_told_to_let_pass(
    command: Command,
    connection: Connection,
    tmp_path: Path,
    guard: str,
    date: dt.date,
    weights: dict[str, float | None],
    words: str,
) -> None:
    def write(day: dt.date, content: dict[str, float | None]) -> None:
        write_list(tmp_path / f"MINE_{day}.csv", content)

    if guard == "shrink":
        weights = dict.fromkeys(weights, 1 / len(weights))
    write(DAY, dict(MANY))
    load(command, tmp_path, "--etf", "MINE")
    before = dump(connection)
    write(date, weights)
    asked = ("load", "--etf", "MINE", "--holdings-dir", tmp_path)
    answer = command(*asked)
    assert answer.status == 1
    assert "refused: " in answer.err
    assert words in answer.err
    told = [
        line for line in answer.lines if line.startswith(f"  MINE_{date}.csv · refused · plain")
    ]
    if guard != "weights":  # which refuses a file before it is known what it holds
        assert told[0].endswith(f"{len(weights)} members · {told[0].rpartition(' · ')[2]}")
        assert words in told[0]
    assert f"--accept {guard}" in answer.err
    assert dump(connection) == before
    # A list of two is also less than the half, and more than a quarter is gone.
    passing = ["--accept", guard, *(("--accept", "shrink") if guard == "rows" else ())]
    answer = command(*asked, *passing)
    assert (answer.status, answer.err) == (0, "")
    assert read_members(connection, "MINE").keys() == weights.keys()


def test_a_refusal_of_one_content_under_two_names_is_told_once(
    command: Command, tmp_path: Path
) -> None:
    write_list(tmp_path / f"MINE_{DAY}.csv", dict(MANY))
    load(command, tmp_path, "--etf", "MINE")
    for name in (f"MINE_{LATER}.csv", f"MINE_{LATER} (1).csv"):
        write_list(tmp_path / name, {"SA": 0.5, "SB": 0.5})
    answer = command("load", "--etf", "MINE", "--holdings-dir", tmp_path)
    assert answer.status == 1
    assert answer.err.count("less than half of the 10") == 1
    assert sum("· refused ·" in line for line in answer.lines) == 2


def test_json_stands_alone_on_standard_output(command: Command, folder: Path) -> None:
    write_text(folder / "SPY.csv", HTML_PAGE)
    answer = command("load", "--json", "--holdings-dir", folder)
    assert answer.status == 1
    files = {file["file"]: file for file in answer.json["files"]}
    assert {name: file["outcome"] for name, file in files.items()} == {
        "IVV_a.csv": "new",
        "IVV_b.csv": "recorded as history",
        "SPY.csv": "refused",
        "sub/x.xlsx": "new",
    }
    assert files["IVV_a.csv"] == {
        "file": "IVV_a.csv",
        "outcome": "new",
        "fund": "IVV",
        "universe": None,
        "format": "ishares_us",
        "as_of": "2026-07-01",
        "rows": 2,
        "members": 2,
        "rejected": 0,
        "rejected_weight": 0.0,
        "unresolved": 0,
        "unresolved_weight": 0.0,
        "other_weight": 0.0,
        "unweighted": 0,
        "unnamed": 0,
        "unknown_columns": [],
        "unknown_classes": [],
        "suspicions": [],
        "error": None,
    }
    funds = {fund["etf_symbol"]: fund for fund in answer.json["funds"]}
    assert (funds["IVV"]["added"], funds["IVV"]["recorded"]) == (["AAPL", "BRK.B"], 2)
    assert [funds[name]["is_proxy"] for name in ("IVV", "QQQ")] == [False, True]
    assert (answer.json["dry_run"], answer.json["changed"]) == (False, True)
    assert [files["SPY.csv"]["error"]] == answer.json["failures"]
    # Beside the JSON only what is wrong is told.
    assert all(line.startswith(("✗ ", "! ")) for line in answer.err.splitlines())
    assert "SPY.csv" in answer.err


def test_what_the_database_refuses_is_named_and_the_others_land(
    command: Command, connection: Connection, folder: Path
) -> None:
    load(command, folder, "--etf", "IVV")
    write_ishares(folder / "IVV_c.csv", IVV, LATER, {"AAPL": 1.0, "BRKB": 1.0, "MSFT": 1.0})
    connection.execute(
        "ALTER TABLE group_memberships ADD CONSTRAINT no_msft CHECK (symbol <> 'MSFT')"
    )
    answer = command("load", "--holdings-dir", folder, "--etf", "IVV")
    assert answer.status == 1
    assert answer.err.startswith("Database error inserting IVV: ETF IVV in TEST: ")
    assert "(constraint no_msft)" in answer.err
    assert "✗ Left IVV as it was" in answer.lines
    assert read_members(connection, "IVV") == {"AAPL": 0.6, "BRK.B": 0.4}
    loads = read_one(connection, "SELECT count(*) FROM stockgroups.loads")
    again = command("load", "--holdings-dir", folder, "--etf", "IVV")
    assert again.lines[-1] == "Nothing changed"
    assert read_one(connection, "SELECT count(*) FROM stockgroups.loads") == loads


def test_without_a_folder_proxies_are_marked(command: Command, connection: Connection) -> None:
    answer = command("load")
    assert (answer.status, answer.err) == (0, "")
    assert "✓ Inserted DIA: 30 holdings (proxy)" in answer.lines
    assert sum(line.endswith(" (proxy)") for line in answer.lines) == 15
    assert "Proxies (index members in place of a file): 15" in answer.lines
    before = dump(connection)
    answer = command("load")
    assert answer.lines[-1] == "Nothing changed: already up to date"
    assert dump(connection) == before


def test_the_folder_is_the_flags_then_the_settings_then_the_current_ones(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("flag", "setting", "holdings"):
        write_list(tmp_path / name / f"{name[:4]}_2026-07-01.csv", {"IBM": None})
    assert "hold_2026-07-01.csv" in command("load", "--dry-run").out
    monkeypatch.setenv("HOLDINGS_DIR", str(tmp_path / "setting"))
    assert "sett_2026-07-01.csv" in command("load", "--dry-run").out
    assert "flag_2026-07-01.csv" in command("load", "--dry-run", "--holdings-dir", "flag").out


def test_a_change_from_outside_is_put_right(
    command: Command, connection: Connection, folder: Path
) -> None:
    load(command, folder)
    connection.execute("DELETE FROM group_memberships WHERE symbol = 'BRK.B'")
    again = command("load", "--holdings-dir", folder)
    assert again.status == 0
    assert "! ETF IVV: another program had written it (1 member)" in again.err
    assert "✓ Updated IVV: 2 holdings (+1 −0, 0 reweighted)" in again.lines
    files = "SELECT count(*) FROM stockgroups.snapshots WHERE file_name LIKE '%%_a.csv'"
    assert read_one(connection, files) == 1


def test_files_of_other_kinds_are_counted(command: Command, folder: Path) -> None:
    write_text(folder / "notes.yaml", "- a")
    write_text(folder / "QQQ", "AAPL")
    lines = load(command, folder)
    told = "1 .yaml, 1 without a suffix"
    assert f"Skipped, not holdings files: {told}" in lines


def test_a_file_that_may_lack_its_last_rows_is_told(command: Command, folder: Path) -> None:
    (folder / "IVV_a.csv").unlink()
    told = {f"{sign}QQ": 1000.0 - n for n, sign in enumerate("ABCDEFGHIJKLMNOP")}
    for number, count in ((2, 16), (3, 14)):
        day = dt.date(2026, 7, number)
        write_ishares(folder / f"IVV_{day}.csv", IVV, day, dict([*told.items()][:count]))
    answer = command("load", "--holdings-dir", folder)
    doubt = (
        "IVV: IVV_2026-07-03.csv: it lacks the 2 smallest members of 2026-07-02 (OQQ, PQQ), and "
        "none was added: its end may be cut off"
    )
    assert f"! {doubt}" in answer.err
    again = command("load", "--holdings-dir", folder, "--json")
    assert again.json["doubts"] == []  # it is told once, as the file is recorded


def test_two_files_of_one_date_that_differ_are_told(command: Command, folder: Path) -> None:
    write_ishares(folder / "IVV_z.csv", IVV, DAY, {"AAPL": 500.0, "BRKB": 500.0})
    answer = command("load", "--holdings-dir", folder)
    assert "! IVV: 2 files of 2026-07-01 differ (IVV_a.csv, IVV_z.csv); IVV_z.csv is effective" in (
        answer.err
    )


def test_stocks_known_by_their_sedol_alone_are_told_and_need_no_acceptance(
    command: Command, folder: Path
) -> None:
    lines = [
        "date,fund,company,ticker,cusip,shares,market value ($),weight (%)",
        '07/01/2026,ARKF,SQUARE INC,SQ,852234103,10,"$850.00",85.00%',
        '07/01/2026,ARKF,HENKEL AG,HEN3,5076705,10,"$150.00",15.00%',
    ]
    write_text(folder / "ARKF.csv", "\n".join(lines))
    assert load(command, folder, "--etf", "ARKF")[1:3] == [
        "  ARKF.csv · new · ark ARKF as of 2026-07-01 · 2 rows, 1 member, "
        "1 unresolved (15.00% of the fund)",
        "✓ Inserted ARKF: 1 holdings",
    ]
    shown = command("receipt", "ARKF").out
    assert "no exchange; known by SEDOL 5076705" in shown
