"""The parser of the command line: its help, its errors, and suggestions for misspelt words."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from stockgroups.errors import UsageError
from stockgroups.text import advise_nearest, find_nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from _typeshed import SupportsWrite

NARROWEST_HELP, WIDEST_HELP = 20, 100
"""Columns of help at least, and at most: longer lines are hard to read."""
_REWORDED = (
    (r"argument (.+): expected (?:one|at least one) argument", r"\1 needs a value"),
    (r"argument (.+): invalid (?:int|number) value: (.+)", r"\1: \2 is not a whole number"),
    (r"argument (.+): invalid float value: (.+)", r"\1: \2 is not a number"),
    (r"argument (.+): not allowed with argument (.+)", r"\1 and \2 cannot be combined"),
    (r"the following arguments are required: (.+)", r"missing: \1"),
    (r"one of the arguments (.+) is required", r"missing: one of \1"),
)
"""Messages of argparse, and how the program words them."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; a description keeps its paragraphs.

    Args:
        prog: The name of the program, with its command.
        headings: Headings between sub-commands, each by the sub-command that follows it.
    """

    def __init__(self, prog: str, headings: Mapping[str, str] | None = None) -> None:
        super().__init__(prog)
        self._headings = headings or {}
        self._width = max(NARROWEST_HELP, min(self._width, WIDEST_HELP))

    def _format_usage(self, *args: Any, **kwargs: Any) -> str:
        """Return the wrapped usage. argparse itself never breaks a line inside a group of flags."""
        import textwrap  # noqa: PLC0415 - for help alone

        usage = super()._format_usage(*args, **kwargs)
        if all(len(line) <= self._width for line in usage.splitlines()):
            return usage
        words = " ".join(usage.split())
        kept = re.sub(
            r"\[[^][|]*\]|--[a-z-]+ [A-Z]", lambda flag: flag[0].replace(" ", "\0"), words
        )
        lines = textwrap.wrap(
            kept,
            self._width,
            subsequent_indent=" " * len("usage: "),
            break_on_hyphens=False,
            break_long_words=False,
        )
        return "\n".join(lines).replace("\0", " ") + "\n\n"

    def _format_action(self, action: argparse.Action) -> str:
        """Return the help of a flag; for sub-commands, only their lines, under their headings."""
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - there is no public name
            return super()._format_action(action)
        parts = []
        for command in action._get_subactions():  # noqa: SLF001 - as above
            heading = self._headings.get(command.dest)
            parts += [f"\n{heading}:\n"] * bool(heading) + [super()._format_action(command)]
        return "".join(parts)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        import textwrap  # noqa: PLC0415 - for help alone

        paragraphs = text.strip().split("\n\n")
        return "\n\n".join(
            textwrap.fill(
                " ".join(paragraph.split()), width, initial_indent=indent, subsequent_indent=indent
            )
            for paragraph in paragraphs
        )


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError, so that a wrong flag gives one line like every error."""

    def __init__(self, **options: Any) -> None:
        self._headings: dict[str, str] = {}
        super().__init__(
            formatter_class=lambda prog: HelpFormatter(prog, self._headings),
            allow_abbrev=False,
            **options,
        )
        self.actions: dict[str, Parser] = {}
        self.advice = ""
        """What to do about a word that is neither a flag nor the value of one."""
        self._group: argparse._SubParsersAction[Parser] | None = None

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print help. argparse itself ignores it if the help cannot be written."""
        (file or sys.stderr).write(message)

    def add_action(
        self,
        name: str,
        line: str,
        run: Callable[[argparse.Namespace], int] | None = None,
        *,
        metavar: str = "ACTION",
        required: bool = True,
        heading: str = "",
    ) -> Parser:
        """Add a sub-command, which `run` executes, and return its parser.

        A `heading` stands above it in the help.
        """
        if self._group is None:
            title = heading or f"{metavar.lower()}s"
            self._group = self.add_subparsers(title=title, metavar=metavar, required=required)
        elif heading:
            self._headings[name] = heading
        parser = self.actions[name] = self._group.add_parser(name, help=line, description=line)
        parser.set_defaults(run=run)
        return parser

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Return the flags. Raise UsageError for an unknown flag, a wrong value or an empty one."""
        words = list(args or ())
        if not self.actions:  # else the words may be those of a sub-command
            self._check(words)
        found, unknown = super().parse_known_args(words, namespace)
        if unknown:
            raise UsageError(
                f"unknown argument: {' '.join(unknown)}",
                remedy=f"{self.advice}; {self._see()}" if self.advice else self._see(),
            )
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Raise UsageError for a command line that cannot be parsed."""
        for pattern, words in _REWORDED:
            message = re.sub(f"^{pattern}$", words, message)
        raise UsageError(message, remedy=self._advise_choices(message) + self._see())

    def _advise_choices(self, message: str) -> str:
        """Return the possible values of an argument that is missing, if it has a list of them."""
        for action in self._actions:
            if action.choices and message == f"missing: {action.metavar}":
                return f"use one of {', '.join(map(str, action.choices))}; "
        return ""

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Return a flag's value. A type may raise UsageError, which argparse would reword."""
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            if isinstance(error.__context__, UsageError):
                raise error.__context__ from None
            raise

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = list(map(str, action.choices))
        raise UsageError(
            f"{'/'.join(action.option_strings) or action.metavar}: unknown value {value!r}",
            remedy=advise_nearest(
                str(value), choices, f"use one of {', '.join(choices)}; {self._see()}"
            ),
        )

    def _check(self, words: Sequence[str]) -> None:
        known = self._option_string_actions
        for word in words:
            # `--etf "$FUND"` with FUND unset must not mean all funds.
            if not word or (word.startswith("--") and word.endswith("=") and len(word) > 2):
                self.error("an argument is empty: is a variable not set?")
        for word in words:
            if word == "--":
                return
            name = word.partition("=")[0]
            # A single dash before several letters may begin several short flags, or a number.
            is_flag = name.startswith("--") or (
                len(name) > 2 and name[0] == "-" and name[1].isalpha() and name[:2] not in known
            )
            if is_flag and name not in known:
                near = find_nearest(
                    name.lstrip("-"), [k[2:] for k in known if k[:2] == "--"], most=1
                )
                hint = f"did you mean --{near[0]}? " if near else ""
                raise UsageError(f"unknown argument: {name}", remedy=hint + self._see())

    def _see(self) -> str:
        return f"see `{self.prog} --help`"
