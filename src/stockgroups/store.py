"""One environment of an open database, with its catalogue. Every query and every job gets it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from stockgroups.model import GroupKey, GroupType

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Cursor

    from stockgroups.catalog import Catalog
    from stockgroups.catalog.ages import AgeRules
    from stockgroups.db.connection import Connection


class Store:
    """One environment of an open database, with its catalogue.

    Attributes:
        connection: The open connection, for statements of your own.
        environment: The environment that is read and written.
    """

    connection: Connection
    environment: str

    def __init__(
        self,
        connection: Connection,
        environment: str,
        *,
        catalog_dir: Path | None = None,
        catalog: Catalog | None = None,
    ) -> None:
        """Use an environment. The catalogues in `catalog_dir` override the shipped ones.

        A given `catalog` is used unchanged.
        """
        self.connection = connection
        self.environment = environment
        self._catalog_dir = catalog_dir
        if catalog is not None:
            self.catalog = catalog

    def key(self, kind: str, name: str) -> GroupKey:
        """Return the name of a group of this environment."""
        return GroupKey(self.environment, GroupType(kind), name)

    @cached_property
    def catalog(self) -> Catalog:
        """The catalogue, read once on first use, because most look-ups need none."""
        from stockgroups.catalog import load_catalog  # noqa: PLC0415 - most look-ups need none

        return load_catalog(self._catalog_dir)

    @cached_property
    def ages(self) -> AgeRules:
        """The catalogue's limits of age, read alone if the catalogue is not read yet."""
        if "catalog" in vars(self):
            return self.catalog.ages
        from stockgroups.catalog.ages import load_age_rules  # noqa: PLC0415 - as above

        return load_age_rules(self._catalog_dir)


def execute(
    store: Store, statement: bytes, *, binary: bool = False, **values: Any
) -> Cursor[tuple[Any, ...]]:
    """Run a statement with named values; `environment` is added from the store."""
    values["environment"] = store.environment
    return store.connection.execute(statement, values, binary=binary)
