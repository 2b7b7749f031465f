"""Running commands in this process, and what they print."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from stockgroups.cli.main import run


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines on standard output."""
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        """The value on standard output, which must hold nothing else."""
        return json.loads(self.out)


Command = Callable[..., Answer]


def make_command(capsys: pytest.CaptureFixture[str]) -> Command:
    """A function that runs `stockgroups` with these words."""

    def command(*words: object) -> Answer:
        capsys.readouterr()
        status = run([str(word) for word in words])
        return Answer(status, *capsys.readouterr())

    return command


def check_refusal(answer: Answer, status: int, *words: str) -> None:
    """Fail unless the command refused, in one line of standard error that holds the words."""
    assert answer.status == status
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith("stockgroups: ")
    for word in words:
        assert word in answer.err
