"""A scene for each remedy: an empty database, and a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command
from remedies.scene import Scene
from stockgroups.db.connection import Connection


@pytest.fixture
def scene(command: Command, connection: Connection, tmp_path: Path) -> Scene:
    """An empty database, environment TEST."""
    return Scene(command, connection, tmp_path)
