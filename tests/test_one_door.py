"""The faces ask `Database`, and call no question, act or statement past it."""

import ast
import importlib
import inspect
from pathlib import Path

import stockgroups

ROOT = Path(stockgroups.__file__).parent
FACES = ("cli", "http", "web", "assistant")
PAST_THE_DOOR = {
    "cli/migrate.py": "going over is a leaf, which the command line alone knows",
    "cli/shadow.py": "as above",
    "cli/archive.py": "as above",
    "cli/layouts.py": "moves tables, which no question and no load does",
    "http/pool.py": "a request is one transaction, whatever it asks",
    "http/watch.py": "a thread with a connection of its own, beside all questions",
}
"""The modules that need their own connection, with the reasons, as in docs/architecture.md."""


def import_name(module: str, name: str) -> object:
    try:
        return getattr(importlib.import_module(module), name)
    except AttributeError:
        return importlib.import_module(f"{module}.{name}")


def list_calls(source: str) -> list[str]:
    """Return the imported functions, also of imported modules, that take a store or connection."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    wanting: list[str] = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stockgroups")):
            continue
        for alias in node.names:
            found = import_name(str(node.module), alias.name)
            named = vars(found).values() if inspect.ismodule(found) else [found]
            wanting += [
                f"{one.__module__}.{one.__name__}"
                for one in named
                if inspect.isfunction(one)
                and {str(p.annotation) for p in inspect.signature(one).parameters.values()}
                & {"Store", "Connection"}
            ]
    return wanting


def test_faces_ask_the_database() -> None:
    asking = {
        path.relative_to(ROOT).as_posix()
        for face in FACES
        for path in (ROOT / face).rglob("*.py")
        if list_calls(path.read_text(encoding="utf-8"))
    }
    assert asking == set(PAST_THE_DOOR)


def test_call_past_the_door_is_found() -> None:
    source = "def run():\n    from stockgroups.queries.named import find_types\n"
    assert list_calls(source) == ["stockgroups.queries.named.find_types"]
    assert list_calls("from stockgroups.jobs import rebuild") != []
