"""What the surroundings say: environment variables, then `.env` files.

`.env` of the current folder comes before the project's own. The first that names a variable wins;
nothing is written back to the process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from stockgroups.errors import UsageError
from stockgroups.model import ENVIRONMENTS

NAMES = ("DATABASE_URL", "ENVIRONMENT", "HOLDINGS_DIR", "CATALOG_DIR")


@dataclass(frozen=True, slots=True)
class Settings:
    """The four settings that every command shares. None means: not said."""

    database_url: str | None
    environment: str
    holdings_dir: Path | None
    catalog_dir: Path | None


def project_dir() -> Path | None:
    """Return the checkout that this package runs from, or None when it is installed elsewhere."""
    folder = Path(__file__).resolve().parents[2]
    return folder if (folder / "pyproject.toml").is_file() else None


def read_settings() -> Settings:
    """Read the settings. Raise UsageError for an environment that does not exist."""
    values = _gather()
    return Settings(
        database_url=values["DATABASE_URL"],
        environment=check_environment(values["ENVIRONMENT"] or "DEFAULT"),
        holdings_dir=_path(values["HOLDINGS_DIR"]),
        catalog_dir=_path(values["CATALOG_DIR"]),
    )


def check_environment(name: str) -> str:
    """Return the environment's name as it is stored, or raise UsageError."""
    if name not in ENVIRONMENTS:
        raise UsageError(
            f"unknown environment {name!r}",
            where="ENVIRONMENT",
            remedy=f"use one of {', '.join(ENVIRONMENTS)}",
        )
    return name


def _gather() -> dict[str, str | None]:
    values: dict[str, str | None] = {name: os.environ.get(name) or None for name in NAMES}
    project = project_dir()
    for folder in (Path.cwd(), project):
        if folder is None or not (folder / ".env").is_file():
            continue
        from dotenv import dotenv_values  # noqa: PLC0415 - 8 ms that most calls need not pay

        try:
            said = dotenv_values(folder / ".env")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the file cannot be read: {error}",
                where=str(folder / ".env"),
                remedy="save it as UTF-8 text, readable by you",
            ) from error
        for name, value in said.items():
            if name in values and values[name] is None:
                values[name] = value or None
    return values


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None
