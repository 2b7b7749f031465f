"""The settings: environment variables, then `.env` files.

The `.env` of the current folder comes before that of the project. The first that sets a variable
wins; the process's own environment is never changed. A value is used literally: `${NAME}` is not
replaced, because a folder's `.env` may belong to somebody else and must not leak the process's
variables.
"""

from __future__ import annotations

import io
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.errors import UsageError
from stockgroups.model import ENVIRONMENTS
from stockgroups.text import escape, find_nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMES = (
    "DATABASE_URL",
    "ENVIRONMENT",
    "HOLDINGS_DIR",
    "CATALOG_DIR",
    "INDEX_PROXIES",
    "SEC_CONTACT",
    "FETCH_SOURCES",
    "FETCH_REPLAY",
)
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}/?")
_SWITCH = {"on": True, "off": False}
OLD_DEFAULT = "development"
"""The old name of the environment DEFAULT, from before there were groups."""

MAX_ENV_BYTES = 100_000

_LOG = logging.getLogger(__name__)
HOME_SETTING = "STOCKGROUPS_HOME"
_OF_THE_PROCESS = (HOME_SETTING, "XDG_DATA_HOME")
"""Variables that a `.env` cannot set, because they choose the place of the server's files."""

DEFAULT_FOLDER = Path("holdings")

_HOME_OF_ROOT = Path("/var/lib/stockgroups")
"""The embedded server runs as another account, which seldom may enter root's own home."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that every command shares. None means that a setting is not set.

    Attributes:
        index_proxies: Whether the members of an index may replace the file of a fund that has none.
            In PROD the default is no, because people act on the holdings there.
        sec_contact: The name and mail address that the SEC demands.
        fetch_sources: The keys of the sources that are fetched by default.
        fetch_replay: The address of a server on this machine that answers in place of all hosts.
    """

    database_url: str | None
    environment: str
    holdings_dir: Path | None
    catalog_dir: Path | None
    index_proxies: bool
    sec_contact: str | None = None
    fetch_sources: tuple[str, ...] = ()
    fetch_replay: str | None = None

    def find_holdings(self, *, fetches: bool = False) -> Path | None:
        """Return the default folder of files: HOLDINGS_DIR, else `holdings`.

        `holdings` in the current folder must exist, unless downloads go into it (`fetches`).
        """
        if self.holdings_dir is not None:
            return self.holdings_dir
        has_default = DEFAULT_FOLDER.is_dir() or DEFAULT_FOLDER.is_symlink()
        return DEFAULT_FOLDER if has_default or fetches else None


def find_home() -> Path:
    """Return this account's data folder, for what belongs to no database and no holdings folder.

    STOCKGROUPS_HOME names it. Else it is `stockgroups` in XDG_DATA_HOME, else in HOME's usual place
    for data. For root it is a system folder if the environment names neither of these.
    """
    if chosen := os.environ.get(HOME_SETTING):
        return Path(chosen).expanduser().absolute()
    if hasattr(os, "geteuid") and os.geteuid() == 0 and not _is_own_folder_named():
        return _HOME_OF_ROOT
    import platformdirs  # noqa: PLC0415 - 2 ms, not needed for a named folder

    return platformdirs.user_data_path("stockgroups", appauthor=False)


def _is_own_folder_named() -> bool:
    """Return whether root's environment names a folder: XDG_DATA_HOME, or a HOME not root's own."""
    import pwd  # noqa: PLC0415 - Windows has no such module

    home = os.environ.get("HOME")
    return bool(os.environ.get("XDG_DATA_HOME")) or home not in (None, "", pwd.getpwuid(0).pw_dir)


def project_dir() -> Path | None:
    """Return the checkout that this package runs from; None if it is not run from one."""
    folder = Path(__file__).resolve().parents[2]
    return folder if (folder / "pyproject.toml").is_file() else None


def read_settings(*, strict: bool = False) -> Settings:
    """Read the settings. Raise UsageError for an environment that does not exist.

    A name that is probably a misspelt setting gives a warning. With `strict` it is an error, for a
    job that nobody watches.
    """
    values = _gather(strict=strict)
    environment = check_environment(values["ENVIRONMENT"] or "DEFAULT")
    return Settings(
        database_url=values["DATABASE_URL"],
        environment=environment,
        holdings_dir=_path(values["HOLDINGS_DIR"]),
        catalog_dir=_path(values["CATALOG_DIR"]),
        index_proxies=_switch("INDEX_PROXIES", values, default=environment != "PROD"),
        sec_contact=values["SEC_CONTACT"],
        fetch_sources=tuple((values["FETCH_SOURCES"] or "").replace(",", " ").split()),
        fetch_replay=_loopback("FETCH_REPLAY", values["FETCH_REPLAY"]),
    )


def check_environment(name: str) -> str:
    """Return the environment's name as it is stored. Raise UsageError for an unknown one."""
    if name not in ENVIRONMENTS:
        raise UsageError(
            f"unknown environment {name!r}",
            where="ENVIRONMENT",
            remedy=(
                "that is the old name of DEFAULT: set ENVIRONMENT=DEFAULT, or leave it out"
                if name.lower() == OLD_DEFAULT
                else f"use one of {', '.join(ENVIRONMENTS)}"
            ),
        )
    return name


def _gather(*, strict: bool) -> dict[str, str | None]:
    """Return the settings by name, and log warnings about doubtful ones."""
    values: dict[str, str | None] = {name: os.environ.get(name) or None for name in NAMES}
    here = _current_folder()
    sources: list[tuple[Path, Mapping[str, str | None]]] = []
    for folder in dict.fromkeys((here, project_dir())):
        if folder is None or not os.path.isfile(path := folder / ".env"):  # noqa: PTH113 - never raises
            continue
        found = _read_env_file(path)
        sources.append((path, found))
        for name in NAMES:
            if values[name] is None and found.get(name):
                values[name] = found[name]
                if name == "DATABASE_URL" and folder == here:
                    _LOG.warning("The database is chosen by %s", escape(str(path)))
    unset = [name for name in NAMES if values[name] is None]
    for path, found in sources:
        _report_unknown(found, unset, escape(str(path)), strict=strict)
    if unset:
        _report_unknown(os.environ, unset, "The environment", is_shared=True, strict=strict)
    return values


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError(
            f"the current folder cannot be used: {error.strerror}",
            remedy="change to an existing folder with cd",
        ) from error


def _switch(name: str, values: dict[str, str | None], *, default: bool) -> bool:
    text = values[name]
    if text is None:
        return default
    if text not in _SWITCH:
        raise UsageError(f"{text!r} is neither on nor off", where=name, remedy="write on or off")
    return _SWITCH[text]


def _loopback(name: str, text: str | None) -> str | None:
    """Return the address of a server on this machine. Raise UsageError for any other."""
    if text is not None and not _LOOPBACK.fullmatch(text):
        raise UsageError(
            f"{text[:100]!r} is not a server on this machine",
            where=name,
            remedy="write it as http://127.0.0.1:8000, or leave it out: hosts are contacted "
            "over TLS",
        )
    return text


def _read_env_file(path: Path) -> Mapping[str, str | None]:
    """Return the values in a `.env` file. Raise UsageError if it cannot be read."""
    from dotenv import dotenv_values  # noqa: PLC0415 - 8 ms, not needed by most calls

    try:
        with path.open("rb") as file:
            data = file.read(MAX_ENV_BYTES + 1)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the file cannot be read: {error}",
            where=str(path),
            remedy="save it as UTF-8 text, readable by you",
        ) from error
    if len(data) > MAX_ENV_BYTES or "\0" in text:
        raise UsageError(
            f"not a settings file: it has more than {MAX_ENV_BYTES} bytes, or bytes "
            "that are not text",
            where=str(path),
            remedy="move it away, or run this in another folder",
        )
    return dotenv_values(stream=io.StringIO(text), interpolate=False)


def _report_unknown(
    names: Iterable[str],
    unset: Iterable[str],
    where: str,
    *,
    is_shared: bool = False,
    strict: bool,
) -> None:
    """Warn of names that are probably misspelt settings: each resembles a setting that is not set.

    With `strict`, raise UsageError for the first one. All other names belong to other programs.
    `is_shared` requires a closer resemblance, because the environment has many names.
    """
    unset = tuple(unset)
    for name in names:
        if name in NAMES or (is_shared and not any(_may_mean(name, own) for own in unset)):
            continue
        if name in _OF_THE_PROCESS and not is_shared:
            _LOG.warning("%s sets %s, which is read only from the environment", where, name)
            continue
        meant = _find_meant(name, unset, least=0.85 if is_shared else 0.65)
        if meant and strict:
            raise UsageError(
                f"{escape(name)} is not a setting",
                where=where,
                remedy=f"write {meant} if that is meant, or remove it",
            )
        if meant:
            _LOG.warning("%s sets %s, which is not read: is %s meant?", where, escape(name), meant)


def _may_mean(name: str, own: str) -> bool:
    """Return whether a name can be a misspelling of another, by a cheap test of its letters."""
    return abs(len(name) - len(own)) <= 2 and len(set(own) - set(name.upper())) <= 2


def _find_meant(name: str, unset: tuple[str, ...], least: float) -> str | None:
    """Return the setting that a name probably misspells; None if there is none."""
    import difflib  # noqa: PLC0415 - 1 ms, only needed for a similar name

    for near in find_nearest(name, unset, most=1):
        if difflib.SequenceMatcher(None, name.upper(), near, autojunk=False).ratio() >= least:
            return near
    return None


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None
