"""Remedies that the program prints, followed to the letter."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from commands import Answer, Command
from stockgroups.db.connection import Connection


@dataclass
class Scene:
    """A database, a folder with `holdings` in it as the current one, and the command line."""

    command: Command
    connection: Connection
    folder: Path

    @property
    def holdings(self) -> Path:
        """The folder that `load` reads by itself."""
        return self.folder / "holdings"

    def run(self, *words: object) -> Answer:
        """Run a command that must succeed."""
        answer = self.command(*words)
        assert answer.status == 0, answer.out + answer.err
        return answer

    def follow(self, printed: str, template: str, **chosen: str) -> Answer:
        """Run the command of this form that a text names, as it stands there.

        Words in capitals, such as FILE, are the user's to choose: `chosen` gives them.
        """
        form = re.escape(template).replace(r"\{\}", r"[^`]*?")
        found = re.search(f"`({form})`", printed)
        assert found, f"no `{template}` in:\n{printed}"
        words = [chosen.get(word, word) for word in shlex.split(found[1])[1:]]
        return self.command(*words)

    def findings(self, words: str) -> list[str]:
        """The findings of a validation that hold the words, each with its remedy."""
        told = self.command("validate", "--json").json
        lines = [
            f"{of['group'] or ''} {of['symbol'] or ''}: {of['message']}; {of['remedy']}"
            for section in told["sections"]
            for of in section["findings"]
        ]
        return [line for line in lines if words in line]
