"""Output has no control characters for the terminal, and ends when its reader ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import Command, check_refusal
from stockgroups.cli import main, output, query
from stockgroups.text import escape, find_nearest

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\nforged\u202egnp\u2066\x7f\u2028\udcff"


def is_harmless(text: str) -> bool:
    return all(sign.isprintable() or sign == "\n" for sign in text)


@given(st.text())
def test_an_escaped_text_is_one_harmless_line_and_stays_so(text: str) -> None:
    escaped = escape(text)
    assert escaped.isprintable()
    assert escape(escaped) == escaped
    if text.isprintable():
        assert escaped == text


@given(st.text(), st.integers(1, 200))
def test_a_table_is_as_wide_as_the_terminal_at_most(text: str, width: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        lines = output.make_table(["name", "weight"], [(text, 1.5), ("Apple", 2)])
    least = output.NARROWEST_COLUMN + 2 + len("weight")
    assert len(lines) == 4
    for line in lines:
        assert line.isprintable()
        assert output.measure(line) <= max(width, least)


def test_no_date_is_cut_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    rows = [("SPY", "2025-11-18", "State Street SPDR S&P 500"), ("QQQ", None, "Invesco QQQ Trust")]
    lines = output.make_table(["key", "as_of", "name"], rows)
    assert lines[2] == "SPY  2025-11-18  State Street…"
    assert lines[3] == "QQQ              Invesco QQQ …"


def test_an_argument_with_escape_sequences_is_shown_as_text(bare: Command) -> None:
    for words in (
        [HOSTILE],
        ["load", f"--{HOSTILE}"],
        ["load", "--mode", HOSTILE],
        ["load", HOSTILE],
        ["load", "--as-of", HOSTILE],
        ["receipt", f"/nowhere/{HOSTILE}.csv"],
        ["load", "--catalog", HOSTILE, "--debug"],
    ):
        for answer in (bare(*words), bare(*words, "--json")):
            assert answer.status in (1, 2, 3)
            assert answer.out == ""
            assert is_harmless(answer.err)


def test_json_keeps_every_sign_and_shows_none_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    value = {"name": HOSTILE, "city": "Zürich"}
    output.print_json(value)
    printed = capsys.readouterr().out
    assert is_harmless(printed)
    assert "Zürich" in printed
    assert json.loads(printed) == value


def test_a_fault_of_the_program_is_one_line_and_a_status_of_its_own(
    bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_args: object) -> int:
        raise KeyError("nobody meant\nthis")

    monkeypatch.setattr(query, "run", fail)
    answer = bare("query", "--stats")
    check_refusal(answer, main.FAULT, "KeyError", "main.py:", "--debug")
    assert "Traceback" not in answer.err
    assert "Traceback" in bare("query", "--stats", "--debug").err
    told = json.loads(bare("query", "--stats", "--json").err)["error"]
    assert told["exit_status"] == main.FAULT


@pytest.mark.parametrize(
    "shell",
    [
        "{python} -m stockgroups --help | head -1",
        "{python} -m stockgroups load --help | :",
        "{python} -m stockgroups query --stats 2>&1 | :",
        "{python} -m stockgroups load --help >&-",
        "{python} -m stockgroups query --stats 2>&-",
        "{python} -m stockgroups resolve --help >&- 2>&-",
    ],
)
def test_a_closed_output_is_no_fault(shell: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", shell.format(python=sys.executable)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_look_up_starts_and_ends_without_what_it_does_not_need() -> None:
    code = (
        "import atexit, gc, sys\n"
        "from stockgroups.cli.main import main\n"
        "def tell():\n"
        "    print('html' in sys.modules, gc.isenabled(),\n"
        "          gc.get_freeze_count() > 10_000)\n"
        "atexit.register(tell)\n"
        "main()"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, "query", "SPY"], capture_output=True, text=True, check=False
    )
    assert said.stdout.splitlines()[-1] == "False True True"


@pytest.mark.parametrize("name", main.COMMANDS)
def test_help_fits_a_narrow_terminal(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert main.run([name, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 60] == []


@pytest.mark.parametrize("columns", ["1", "2", "20", "-1", "x"])
def test_the_narrowest_terminal_ends_no_command(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for words in (["--help"], ["query", "--help"], ["query"], ["qurey"]):
        assert main.run(words) in (0, 2)
    assert "fault" not in capsys.readouterr().err


def test_a_reader_that_has_ended_ends_the_command_with_the_status_of_a_broken_pipe() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "stockgroups", "--help"],
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (main.BROKEN_PIPE, b"")


@pytest.mark.parametrize("words", ["--version", "load --help", "formats"])
@pytest.mark.parametrize(
    ("nowhere", "reason"), [("&-", "Bad file descriptor"), ("/dev/full", "No space left")]
)
def test_an_answer_that_cannot_be_written_is_an_error(
    words: str, nowhere: str, reason: str
) -> None:
    if nowhere == "/dev/full" and not Path(nowhere).exists():
        pytest.skip("no /dev/full on this system")
    for unbuffered in ("", "1"):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{sys.executable} -m stockgroups {words} >{nowhere}"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert reason in done.stderr


def test_an_interrupt_is_one_line(target: object, command: Command) -> None:
    # A shell that runs the tests in the background has them ignore interrupts, and all they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "stockgroups", "resolve", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.stdin is not None
    # It reads standard input when it has taken all that a pipe cannot hold.
    block = "AAPL\n" * 1000
    for _ in range(40):
        process.stdin.write(block)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    assert process.returncode == main.INTERRUPTED
    assert told == "stockgroups: interrupted; uncommitted changes are rolled back\n"


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("SPX", ["SPY"]),
        ("NVDA", []),
        ("AI", ["ai_machine_learning"]),
        ("tech", ["information_technology"]),
        ("gold-miner", ["gold_miners"]),
        ("foo", []),
        ("", []),
        ("e-commerce", ["online_retail"]),
    ],
)
def test_only_what_is_near_is_suggested(asked: str, nearest: list[str]) -> None:
    names = ["SPY", "DIA", "ai_machine_learning", "information_technology", "gold_miners"]
    others = {"online_retail": ["E-Commerce"]}
    assert find_nearest(asked, [*names, "online_retail"], others) == nearest


def test_progress_shows_no_escape_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(output, "PROGRESS_AFTER_SECONDS", 0)
    output.Progress("reading")(1, 2, f"{HOSTILE}.csv")
    assert stream.getvalue() == ""  # no terminal
    monkeypatch.setattr(stream, "isatty", lambda: True)
    with output.hush(hushed=True, progress=False), output.hush(hushed=False):
        output.Progress("reading")(1, 2, f"{HOSTILE}.csv")
        output.report_line("no report")
    shown = stream.getvalue().removeprefix("\r\033[K")
    assert shown.startswith("reading 1 of 2: ")
    assert is_harmless(shown)
    with output.hush(hushed=True):
        output.Progress("reading")(2, 2, "more.csv")
    assert "more.csv" not in stream.getvalue()
    output.warn("! doubtful")
    assert stream.getvalue().endswith("\r\033[K! doubtful\n")


@pytest.mark.parametrize(
    ("raised", "status"),
    [(KeyboardInterrupt(), 130), (OSError("no room"), 1), (ZeroDivisionError("oh"), 70)],
    ids=repr,
)
def test_whatever_goes_wrong_is_json_where_json_is_asked_for(
    bare: Command, monkeypatch: pytest.MonkeyPatch, raised: BaseException, status: int
) -> None:
    def fail(_words: list[str]) -> int:
        raise raised

    with monkeypatch.context() as patch:
        patch.setattr(main, "_dispatch", fail)
        answer = bare("query", "SPY", "--json")
    assert (answer.status, answer.out) == (status, "")
    assert json.loads(answer.err)["error"]["exit_status"] == status


@pytest.mark.parametrize("words", ["laod", "query", "db restart", "alias add A", "query --eft SPY"])
def test_wrong_usage_is_json_where_json_is_asked_for(bare: Command, words: str) -> None:
    answer = bare(*words.split(), "--json")
    assert (answer.status, answer.out) == (2, "")
    assert json.loads(answer.err)["error"]["type"] == "UsageError"
