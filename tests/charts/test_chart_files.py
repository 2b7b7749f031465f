"""Charts as files: their contents, and no access to the network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import altair as alt
import pytest

from samples import DAY
from stockgroups import charts
from stockgroups.charts.files import PIXELS
from stockgroups.errors import UsageError
from stockgroups.model import GroupType
from stockgroups.queries.answers import GroupAnswer, Holding
from stockgroups.queries.origins import Origin

HOSTILE = "</script><script>alert(1)</script><!-- &\x00\x1b\u2028\u202e"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@pytest.fixture
def chart() -> alt.VConcatChart:
    """A chart whose labels come from a file that nobody knows."""
    holdings = (
        Holding("A", weight=0.7, industry="Oil & Gas <Energy>"),
        Holding("B", weight=0.3, industry=HOSTILE),
    )
    answer = GroupAnswer(GroupType.ETF, "XYZ", HOSTILE, "", holdings, Origin(DAY, "hand"))
    return charts.draw_composition(answer, "industry")


def test_a_vector_file_is_xml_with_the_labels(chart: alt.VConcatChart, tmp_path: Path) -> None:
    path = charts.write_chart(chart, tmp_path / "a.svg")
    root = ET.parse(path).getroot()
    texts = [text for text in root.itertext() if text.strip()]
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"XYZ by industry", "Oil & Gas <Energy>", "70.0% · 1 stock"} <= set(texts)
    assert not [node for node in root.iter() if node.tag.endswith("script")]


def test_a_bitmap_has_the_size_of_the_vector_file(chart: alt.VConcatChart, tmp_path: Path) -> None:
    content = charts.write_chart(chart, tmp_path / "a.PNG").read_bytes()
    assert content.startswith(b"\x89PNG\r\n")
    width, height = struct.unpack(">II", content[16:24])
    root = ET.parse(charts.write_chart(chart, tmp_path / "a.svg")).getroot()
    assert width == pytest.approx(PIXELS * float(root.attrib["width"]), abs=PIXELS)
    assert height == pytest.approx(PIXELS * float(root.attrib["height"]), abs=PIXELS)


def test_a_page_holds_all_that_it_needs_and_asks_for_nothing(
    chart: alt.VConcatChart, tmp_path: Path
) -> None:
    page = charts.write_chart(chart, tmp_path / "a.html").read_text(encoding="utf-8")
    markup = _SCRIPT.sub("", page)
    assert not re.search(r"https?:|//|<link|\ssrc=|\shref=", markup)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe-eval" not in policy[1]
    assert "<title>XYZ by industry</title>" in page
    scripts = _SCRIPT.findall(page)
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[1]
    assert len(scripts) == page.count("<script") == page.count("</script") == 2


def test_a_name_cannot_leave_its_script(chart: alt.VConcatChart, tmp_path: Path) -> None:
    page = charts.write_chart(chart, tmp_path / "a.html").read_text(encoding="utf-8")
    script = _SCRIPT.findall(page)[1]
    assert "<" not in script
    assert "alert(1)" in script
    spec = json.JSONDecoder().raw_decode(script[script.index('{"') :])[0]
    (rows,) = spec["datasets"].values()
    assert rows[1]["label"].startswith("</script><script>alert(1)")
    assert rows[1]["label"].isprintable()


def test_any_chart_of_altair_can_be_written(tmp_path: Path) -> None:
    chart = alt.Chart({"values": [{"a": 1}]}, description=HOSTILE).mark_bar().encode(x="a:Q")
    for suffix in ("svg", "png", "html"):
        assert charts.write_chart(chart, tmp_path / f"a.{suffix}").stat().st_size
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert page.count("<script") == page.count("</script") == 2


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.svg.exe"])
def test_another_suffix_is_refused(chart: alt.VConcatChart, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.svg, \.png, \.html"):
        charts.write_chart(chart, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("package", ["altair", "vl_convert"])
def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "stockgroups.charts")
    with pytest.raises(UsageError, match=r"pip install 'stockgroups\[charts\]'"):
        __import__("stockgroups.charts")
