"""Run commands in this process, and return their output."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from stockgroups.cli.main import run


@dataclass(frozen=True)
class Answer:
    """The output and the exit status of a command."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines on standard output."""
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        """The JSON value on standard output; fails if there is anything else."""
        return json.loads(self.out)


Command = Callable[..., Answer]


def make_command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs `stockgroups` with given arguments."""

    def command(*words: object) -> Answer:
        capsys.readouterr()
        status = run([str(word) for word in words])
        return Answer(status, *capsys.readouterr())

    return command


def check_refusal(answer: Answer, status: int, *words: str) -> None:
    """Assert that the command refused, with one line on standard error that contains the words."""
    assert answer.status == status
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith("stockgroups: ")
    for word in words:
        assert word in answer.err
