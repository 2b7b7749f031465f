"""`stockgroups formats`: the known formats, their origins, and broken plugins."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from commands import Command, check_refusal
from holdings_files import write_list, write_text
from stockgroups.readers import FORMATS, plugins

OWN = """[formats.mine]
recognised_by = ["Code", "Part"]
date = "Day"
columns = { Code = "ticker", Part = "weight" }
"""


def test_every_format_is_listed_with_its_origin(bare: Command, tmp_path: Path) -> None:
    write_text(tmp_path / "formats.toml", OWN)
    answer = bare("formats", "--catalog", tmp_path, "--json")
    assert (answer.status, answer.err) == (0, "")
    told = {row["format"]: row for row in answer.json}
    assert told.keys() == {*(known.name for known in FORMATS), "mine", "nport"}
    assert (told["mine"]["origin"], told["mine"]["date_from"]) == ("your catalogue", "Day")
    assert (told["tidal"]["fund_from"], told["tidal"]["last_seen"]) == (
        "each row",
        "described only",
    )
    assert told["schwab"]["issuer"] == "Schwab"
    write_text(tmp_path / "formats.toml", OWN.replace("weight", "weigth"))
    check_refusal(bare("formats", "--catalog", tmp_path), 2, "columns.Part is 'weigth'")


def test_a_broken_plugin_is_named_and_the_load_goes_on(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EntryPoint("acme", "acme_reader:FORMAT", plugins.GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [broken])
    plugins.load_plugins.cache_clear()
    try:
        listed = command("formats")
        assert listed.status == 1
        assert "! reader acme of an unknown package is left out: ModuleNotFound" in listed.err
        write_list(tmp_path / "MINE_2026-07-01.csv", {"AAPL": 0.6, "MSFT": 0.4})
        answer = command("load", "--holdings-dir", tmp_path)
        assert answer.status == 0
        assert "reader acme of an unknown package is left out" in answer.err
        assert "✓ Inserted MINE: 2 holdings" in answer.lines
    finally:
        plugins.load_plugins.cache_clear()
