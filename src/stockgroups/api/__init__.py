"""The one door to everything: `connect()` opens it, `Database` asks and acts.

Each method gives the answer of the command of the same name. An answer is a value: it no longer
needs the connection.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stockgroups.api.acts import Acts
from stockgroups.api.analyses import Analyses
from stockgroups.api.decisions import Decisions
from stockgroups.api.loads import Loads
from stockgroups.api.provenance import Provenance
from stockgroups.api.questions import Questions
from stockgroups.settings import check_environment, read_settings

__all__ = ["Database", "connect"]


def connect(
    url: str | None = None,
    environment: str | None = None,
    *,
    catalog_dir: str | Path | None = None,
) -> Database:
    """Open the database that the arguments choose, else the environment or a `.env` file.

    Args:
        url: `postgresql://user@host/database`, or `embedded`; None: DATABASE_URL, else the embedded
            server if one exists.
        environment: DEFAULT, TEST, UAT or PROD; None: ENVIRONMENT, else DEFAULT.
        catalog_dir: A folder with catalogues of your own; None: CATALOG_DIR.

    Returns:
        The database, to be used in a `with` block or closed.

    Raises:
        UsageError: There is no such environment.
        DatabaseNotChosenError: No database is chosen.
        DatabaseUnreachableError: It does not answer.
        SchemaError: Its tables are missing or of another version.
    """
    settings = read_settings()
    return Database(
        replace(
            settings,
            database_url=url or settings.database_url,
            environment=check_environment(environment) if environment else settings.environment,
            catalog_dir=Path(catalog_dir) if catalog_dir else settings.catalog_dir,
        )
    )


class Database(Questions, Provenance, Analyses, Loads, Decisions, Acts):
    """One environment of one database, with its catalogue.

    Questions raise `NotFoundError` (a LookupError) with the nearest names for an unknown name, and
    `SymbolError` (a ValueError) for a text that is not a symbol. Each act is one transaction. It is
    recorded in the audit (`loads`) and can be rolled back.

    Attributes:
        settings: The settings in use.
        target: The database and environment, for people.
        connection: The open connection, for statements of your own.
        environment: The environment that is read and written.
    """
