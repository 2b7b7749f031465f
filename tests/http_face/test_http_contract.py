"""What the description says is what is answered: requests made from it by Schemathesis.

`SCHEMATHESIS_EXAMPLES=200 pytest tests/http_face/test_http_contract.py` makes thousands.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from stockgroups.api import Database
from stockgroups.http.app import make_app
from stockgroups.http.token import Token
from stockgroups.settings import read_settings

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz-._~"
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "1"))
"""Requests of each kind to each operation: such as the description allows, and others."""
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
TOO_LONG = (413, 414)
"""Refusals that Schemathesis does not count as such."""


REAL = {
    "stock": "XOM", "group": "SPY", "groups": "SPY,XLE", "expr": "SPY | XLE", "q": "energy",
    "text": ["XOM", "zzzz"], "since": "2026-10-01", "freq": "W-FRI",
}  # fmt: skip
NAMED = {"stocks": "XOM", "etfs": "SPY", "sectors": "energy", "themes": "crypto_miners",
         "universes": "dow30", "industries": "Integrated Oil & Gas"}  # fmt: skip
POSTED = {
    "/v1/exposure": {"positions": {"SPY": 60, "XLE": 40}, "by": "sector"},
    "/v1/resolve": {"texts": ["XOM", "?"]},
}
UNREAL = ("/v1/segments/", "/v1/custom/", "/v1/plans", "/v1/loads/")
"""What has no member here, or writes."""


@pytest.fixture
def app(db: Database) -> Iterator[Any]:
    token = Token(SECRET, "a test")
    hosts = ("testserver",)
    with make_app(read_settings(), hosts=hosts, log=lambda _: None, token=token) as service:
        assert service.watch.wait(db.version(), 30)
        yield service.app


def test_every_response_is_described(app: Any) -> None:
    load_all_checks()
    checks = {name: CHECKS.get_one(name) for name in NAMES}
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app)
    statuses: Counter[int] = Counter()

    def ask(case: Any) -> None:
        response = case.call(headers={"authorization": f"Bearer {SECRET}"})
        status: int = response.status_code
        statuses[status] += 1
        left = NAMES[-1:] if status in TOO_LONG else ()
        wanted = [check for name, check in checks.items() if name not in left]
        case.validate_response(response, checks=wanted)

    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # fails where it is wrong
        room = operation.path.split("/")[2]
        if not operation.path.startswith(UNREAL):
            names = {one.name for one in operation.query} & REAL.keys()
            if "group" in names:
                names.discard("stock")  # changes are those of one of them
            posted: dict[str, Any] = {
                "body": POSTED.get(operation.path),
                "media_type": "application/json",
            }
            case = operation.Case(
                path_parameters={one.name: NAMED[room] for one in operation.path_parameters},
                query={name: REAL[name] for name in sorted(names)},
                **(posted if operation.method == "post" else {}),
            )
            told = statuses[200]
            ask(case)
            assert statuses[200] > told, case
        for mode in GenerationMode:
            cases = operation.as_strategy(generation_mode=mode)
            run = settings(
                max_examples=EXAMPLES,
                derandomize=True,
                database=None,
                deadline=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            )(given(case=cases)(ask))
            with suppress(Unsatisfiable):  # nothing can be wrong where nothing is asked for
                run()
    assert statuses.keys() > {200, 400, 404, 422}
