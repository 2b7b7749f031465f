"""Servers, databases and environments that are set otherwise: the right answer, or a refusal.

Settings that change results, end statements or hide rows; languages; a server without a free
connection, without space on its disk, that only reads or checks nothing. A command answers as on a
usual server, or refuses in one line; what it was to write is there or not.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from campaign.acts import ACTS, Words, write_inputs
from campaign.attack import Attack, Fault, Step, Tally
from campaign.kills import look
from campaign.server import ENVIRONMENT, Server, open_server
from campaign.victim import FAULT_STATUS, preload, run_command
from server_settings import UNLIKELY
from states import State
from stockgroups.db.connection import Target
from stockgroups.db.embedded.paths import HOME_VARIABLE

QUESTIONS: tuple[Words, ...] = (
    ("query", "--etf", "ZZA", "--json"),
    ("query", "--stock", "BAA", "--json"),
    ("members", "ZZA & ZZB", "--json"),
    ("query", "--stats", "--json"),
    ("timeline", "BAA", "--json"),
    ("changes", "ZZA", "--json"),
)
LOAD = ACTS["load"]
LOCALES = ("", "", "", "tr-TR", "de-DE", "sv-SE")
"""Of the database's ICU collation; the empty one is the server's own."""
ENVIRONMENTS: tuple[Mapping[str, str], ...] = (
    {"PGDATESTYLE": "German", "PGTZ": "Asia/Tokyo"},
    {"PGCLIENTENCODING": "LATIN1"},
    {"PGOPTIONS": "-c array_nulls=off -c search_path=nowhere -c DateStyle=SQL"},
    {"PGOPTIONS": "-c standard_conforming_strings=off -c statement_timeout=10ms"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"TZ": "Pacific/Kiritimati"},
    {"COLUMNS": "1"},
)
HARD = (
    "default_transaction_read_only = on",
    "default_transaction_isolation = serializable",
    "standard_conforming_strings = off",
    "session_replication_role = replica",
    "work_mem = '64kB'",
    "temp_file_limit = 0",
    "transaction_timeout = '20ms'",
    "max_stack_depth = '100kB'",
    "log_error_verbosity = verbose",
    "lc_messages = 'C'",
    "synchronize_seqscans = off",
    "default_table_access_method = heap",
)
DISK_BYTES = 48 * 2**20
MOST_CONNECTIONS = 20


@dataclass(slots=True)
class Odd:
    """One way in which a server is odd.

    Attributes:
        description: what it is called in a violation.
        statements: what is set for the database.
        variables: of the command's environment.
        is_full: of connections, or of its disk.
    """

    description: str
    statements: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    is_full: str | None = None


def choose(dice: random.Random, *, has_disk: bool) -> Odd:
    """Return some oddity."""
    kind = dice.choice(("settings", "settings", "hard", "client", "connections", "disk"))
    if kind == "connections" or (kind == "disk" and has_disk):
        return Odd(f"no free {kind}", is_full=kind)
    if kind == "client":
        variables = dict(dice.choice(ENVIRONMENTS))
        return Odd(str(variables), variables=variables)
    chosen = dice.sample(UNLIKELY, dice.randint(1, 6)) if kind == "settings" else []
    chosen += dice.sample(HARD, 1) if kind == "hard" else []
    return Odd("; ".join(chosen), statements=chosen)


class Scene:
    """A server, usual databases of some languages, and what commands answer there."""

    def __init__(self, server: Server, disk: Path | None) -> None:
        self._server = server
        self._disk = disk
        self._files = server.folder / "files"
        self._templates: dict[str, str | None] = {}
        self._answers: dict[tuple[str, Words], tuple[int, str]] = {}
        self._states: dict[str, tuple[State, State]] = {}
        write_inputs(self._files)
        if disk is not None:
            server.execute(f"CREATE TABLESPACE tiny LOCATION '{disk / 'data'}'")

    def step(self, dice: random.Random, tally: Tally) -> None:
        """Ask and load once on a server that is odd."""
        locale = dice.choice(LOCALES)
        if self._template(locale) is None:  # of a server without ICU
            locale = ""
        odd = choose(dice, has_disk=self._disk is not None)
        questions = dice.sample(QUESTIONS, 2)
        template = self._template(locale)
        assert template is not None
        right = [self._answer(locale, template, words) for words in questions]
        before, after = self._load_once(locale, template)
        description = f"{odd.description} {locale}".strip()
        place = "TABLESPACE tiny" if odd.is_full == "disk" else ""
        with self._server.cloned(template, place) as target:
            for statement in odd.statements:
                self._server.execute(f"ALTER DATABASE {target.database} SET {statement}")
            with self._filled(odd.is_full, target):
                for words, expected in zip(questions, right, strict=True):
                    got = self._run(words, target, odd.variables)
                    tally.add("right" if got == expected else "refused")
                    if fault := judge(got, expected):
                        tally.violate(fault, f"{description}: {' '.join(words)}: {got[1][-300:]}")
                status, said = self._run(LOAD.words, target, odd.variables)
            for statement in odd.statements:
                name = statement.partition(" =")[0]
                self._server.execute(f"ALTER DATABASE {target.database} RESET {name}")
            state = look(target)
        if state not in (before, after):
            tally.violate(Fault.TORN, f"{description}: a load left neither before nor after")
        elif status == 0 and state != after:
            tally.violate(Fault.LOST, f"{description}: a load said that it was done")
        elif status != 0 and not is_refusal(status, said):
            tally.violate(Fault.UNTYPED, f"{description}: load: {said[-300:]}")
        tally.add("right" if status == 0 else "refused")

    def _template(self, locale: str) -> str | None:
        if locale not in self._templates:
            self._templates[locale] = self._prepare(locale)
        return self._templates[locale]

    def _prepare(self, locale: str) -> str | None:
        try:
            target = (
                self._server.clone(
                    "template0",
                    f"ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE '{locale}' LOCALE 'C'",
                )
                if locale
                else self._server.clone("template1")
            )
        except psycopg.Error:
            return None
        for words in LOAD.before:
            status, said = self._run(tuple(words), target, {})
            if status:
                raise RuntimeError(said)
        return target.database

    def _answer(self, locale: str, template: str, words: Words) -> tuple[int, str]:
        if (locale, words) not in self._answers:
            answer = self._run(words, self._server.target(template), {})
            self._answers[locale, words] = answer
        return self._answers[locale, words]

    def _load_once(self, locale: str, template: str) -> tuple[State, State]:
        if locale not in self._states:
            with self._server.cloned(template) as target:
                before = look(target)
                self._run(LOAD.words, target, {})
                self._states[locale] = (before, look(target))
        return self._states[locale]

    def _run(self, words: Words, target: Target, variables: Mapping[str, str]) -> tuple[int, str]:
        usual = {
            "DATABASE_URL": target.url,
            "ENVIRONMENT": ENVIRONMENT,
            HOME_VARIABLE: str(self._server.folder / "nowhere"),
        }
        filled = tuple(word.format(files=self._files) for word in words)
        status, said = run_command(filled, {**usual, **variables}, self._files / "output")
        return status, said.replace(target.database, "DATABASE")

    @contextmanager
    def _filled(self, what: str | None, target: Target) -> Iterator[None]:
        """Take what is free, for a while."""
        with ExitStack() as taken:
            if what == "connections":
                while True:
                    try:
                        taken.enter_context(psycopg.connect(target.url))
                    except psycopg.OperationalError:
                        break
            elif what == "disk":
                assert self._disk is not None
                taken.callback((self._disk / "filler").unlink)
                _fill(self._disk / "filler")
            yield


def judge(got: tuple[int, str], right: tuple[int, str]) -> Fault | None:
    """Return what is wrong about an exit status and an answer, beside the right ones."""
    if got == right or is_refusal(*got):
        return None
    return Fault.SILENT if got[0] == right[0] else Fault.UNTYPED


def is_refusal(status: int, said: str) -> bool:
    """Tell whether a command has refused: with its status, and its last line for people."""
    lines = said.strip().splitlines()
    is_reported = any(line.startswith(("stockgroups: ", "✗ ", '{"error":')) for line in lines)
    return status not in (0, FAULT_STATUS) and is_reported and "Traceback" not in said


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


@contextmanager
def mount_disk(server: Server) -> Iterator[Path | None]:
    """Yield a folder on a small disk of its own; None where this account may not mount one."""
    folder = server.folder / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        yield None
        return
    try:
        (folder / "data").mkdir()
        server.own(folder / "data")
        folder.chmod(0o755)
        yield folder
    finally:
        server.close()
        subprocess.run(["umount", folder], check=True)


@contextmanager
def prepare() -> Iterator[Step]:
    """Yield what makes a server odd and asks it."""
    preload()
    with open_server() as server:
        server.execute(f"ALTER SYSTEM SET max_connections = {MOST_CONNECTIONS}")
        server.close()
        server.start()
        with mount_disk(server) as disk:
            yield Scene(server, disk).step


ATTACK = Attack("settings", "commands", 2_000, 600, prepare)
