"""The commands that write, and what stands in the database before each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data_sets import Filed, fund_list, make_tables, write_tables
from directory_files import make_traded
from holdings_files import write_day
from older_tables import ENTRIES, GROUPS
from readers.nport_files import APPLE, MICROSOFT

LINES = 40
Words = tuple[str, ...]
Beginning = Words | str
"""A command, or SQL of another program."""

UPGRADE = ("db", "upgrade")
FIRST, SECOND = (
    ("load", "--holdings-dir", f"{{files}}/{number}", "--accept", "all", "--no-proxies")
    for number in (0, 1)
)
SECTORS = ("organize-sectors",)
OLDER_GROUPS = (
    "INSERT INTO public.definition_groups (name, type, environment)"
    " SELECT 'G' || n, 'ETF', 'TEST' FROM generate_series(1, 20) n;"
    "INSERT INTO public.group_memberships (group_id, symbol, weight)"
    " SELECT id, 'S' || chr(65 + n), 0.05 FROM public.definition_groups, generate_series(0, 19) n"
)
OLDER = (GROUPS + ENTRIES + OLDER_GROUPS, "old entries")
NO_HISTORY = "DELETE FROM stockgroups.membership_history"
DRIFT = "DELETE FROM public.group_memberships WHERE symbol LIKE '%A%'"


@dataclass(frozen=True, slots=True)
class Act:
    """A command, and what comes before it in an empty database."""

    before: tuple[Beginning, ...]
    words: Words


ACTS = {
    "load": Act((UPGRADE, FIRST), SECOND),
    "load-nport": Act(
        (UPGRADE, ("load-directory", "{files}/company_tickers_mf_2024-04-01.json")),
        ("load-nport", "{files}/2024q1_nport.zip"),
    ),
    "load-history": Act(
        (UPGRADE,),
        ("load-history", "{files}/past.csv", "--universe", "sp500", "--accept", "all"),
    ),
    "load-universe": Act(
        (UPGRADE,),
        ("load-universe", "{files}/sp500_2026-04-10.csv", "--universe", "sp500"),
    ),
    "load-directory": Act((UPGRADE,), ("load-directory", "{files}/nasdaqtraded.txt")),
    "organize-sectors": Act((UPGRADE, FIRST), SECTORS),
    "organize-universe": Act((UPGRADE, FIRST), ("organize-universe", "--preserve")),
    "build-metadata": Act((UPGRADE, FIRST, SECTORS), ("build-metadata",)),
    "classify": Act(
        (UPGRADE, FIRST, SECTORS),
        ("classify", "override", "BAA", "energy", "--reason", "drills"),
    ),
    "alias": Act(
        (UPGRADE, FIRST),
        ("alias", "add", "BAA", "ZZZQ", "--effective", "2025-09-05", "--source", "a letter"),
    ),
    "rollback": Act((UPGRADE, FIRST, SECOND), ("rollback", "{last}")),
    "db rebuild": Act((UPGRADE, FIRST, SECOND, NO_HISTORY), ("db", "rebuild")),
    "db reconcile": Act((UPGRADE, FIRST, DRIFT), ("db", "reconcile")),
    "db reconcile --restore": Act((UPGRADE, FIRST, DRIFT), ("db", "reconcile", "--restore")),
    "db upgrade": Act(OLDER, UPGRADE),
    "migrate": Act((*OLDER, UPGRADE), ("migrate",)),
    "migrate --rollback": Act((*OLDER, UPGRADE, ("migrate",)), ("migrate", "--rollback")),
    "archive-legacy": Act((*OLDER, UPGRADE, ("migrate",)), ("archive-legacy",)),
    "archive-legacy --restore": Act(
        (*OLDER, UPGRADE, ("migrate",), ("archive-legacy",)), ("archive-legacy", "--restore")
    ),
}


def write_inputs(folder: Path) -> None:
    """Write what the acts read."""
    for number in (0, 1):
        (folder / str(number)).mkdir(parents=True)
        write_day(folder / str(number), number, LINES)
    filed = Filed("0001234567-24-000001", [APPLE | {"pctVal": "60"}, MICROSOFT | {"pctVal": "39"}])
    write_tables(folder / "2024q1_nport.zip", make_tables([filed]))
    classes = fund_list((1234, "S000000001", "C000000002", "SOME"))
    (folder / "company_tickers_mf_2024-04-01.json").write_bytes(classes)
    symbols = [f"{chr(65 + n // 26)}{chr(65 + n % 26)}Q" for n in range(300)]
    (folder / "nasdaqtraded.txt").write_bytes(make_traded(symbols))
    past = [f"{s},{2000 + n % 20}-01-03,{2003 + n % 20}-06-01" for n, s in enumerate(symbols)]
    (folder / "past.csv").write_text("\n".join(["ticker,start_date,end_date", *past, ""]))
    members = [f"{symbol},{symbol} Inc." for symbol in symbols]
    (folder / "sp500_2026-04-10.csv").write_text("\n".join(["Symbol,Name", *members, ""]))
