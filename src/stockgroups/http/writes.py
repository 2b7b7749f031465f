"""Writes: plan the load of an uploaded file, apply the plan by its hash, roll a load back.

They exist only if the server allows writes, and each needs the token. `Database` does the work, in
a separate process.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from stockgroups.api.moments import read_day
from stockgroups.errors import GuardError, NotFoundError
from stockgroups.http.asgi import REQUEST_KEY
from stockgroups.http.bounded import Result, Worker
from stockgroups.http.envelope import Envelope
from stockgroups.http.forms import Form, write_json
from stockgroups.http.limits import (
    LONGEST_FILE_NAME,
    LONGEST_TEXT,
    LONGEST_UPLOAD,
    UPLOAD_SECONDS,
)
from stockgroups.http.problems import RequestError, write_problem
from stockgroups.http.routes import (
    PREFIX,
    WRITE_REFUSALS,
    check_query,
    describe_refusals,
    make_response,
    only_forms,
)
from stockgroups.suspicions import Guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.http.pool import Pool
    from stockgroups.http.token import Token
    from stockgroups.http.uploads import Upload, Uploads

_REALM = 'Bearer realm="stockgroups"'
_FILE_TYPE = "application/octet-stream"
_LARGEST_LOAD = 2**63 - 1
_BEARER = HTTPBearer(auto_error=False, description="The token that the server was started with")

Hash = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=r"^[0-9a-f-]+$",
        description="`plan` of the answer to the upload",
    ),
]
FileName = Annotated[
    str,
    Query(
        min_length=1,
        max_length=LONGEST_FILE_NAME,
        description="The name of the issuer's file, which may give the fund and the date",
    ),
]
FileDay = Annotated[
    str | None,
    Query(max_length=LONGEST_TEXT, description="The as-of date of a file that has none itself"),
]
Accept = Annotated[
    list[Guard] | None,
    Query(max_length=len(Guard), description="A guard to override; may be repeated"),
]
Number = Annotated[int, Path(ge=1, le=_LARGEST_LOAD, description="The number of the load")]
DryRun = Annotated[bool, Query(description="Say what would be done, and do nothing")]


def add_writes(app: FastAPI, pool: Pool, uploads: Uploads, worker: Worker, token: Token) -> None:
    """Add the routes of all writes."""

    def check(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        if given is None:
            raise _refuse_token("a write needs the token, but none was sent", _REALM)
        if not token.matches(given.credentials):
            wrong = f'{_REALM}, error="invalid_token"'
            raise _refuse_token("this is not the token of this server", wrong)

    async def plan_upload(
        request: Request, file: FileName, as_of: FileDay = None, accept: Accept = None
    ) -> Response:
        """Plan the load of a holdings file: what would change, receipt, suspicions, and a hash.

        The body is the file. Nothing is written. The plan can be applied for an hour.
        """
        check_query(request, {"file", "as_of", "accept"})
        day = read_day(as_of)
        settings = {
            "as_of": day and day.isoformat(),
            "accept": [guard.value for guard in accept or ()],
        }
        options = {**settings, "origin": f"upload, request {_id_of(request)}"}
        upload = uploads.make(file, options)
        try:
            await _receive(request, upload)
            result = await run_in_threadpool(_work, worker, "plan", upload, request)
            plan = result.value.get("plan")
            if result.status == 200:
                uploads.keep(str(plan), upload)
        except BaseException:
            upload.remove()
            raise
        if result.status != 200:
            upload.remove()
        return _answer(result, {"file": file, **{k: v for k, v in settings.items() if v}})

    def apply_plan(request: Request, plan: Hash) -> Response:
        """Apply a reviewed plan: exactly what it says, once, or nothing.

        A plan that was applied already is not applied again, and the answer tells its load.
        """
        check_query(request, set())
        upload = uploads.find(plan)
        if upload is not None:
            with upload.lock:
                if uploads.find(plan) is upload:
                    result = _work(worker, "load", upload, request, plan=plan)
                    if result.status in (200, 409):
                        uploads.drop(plan)
                    return _answer(result, {"plan": plan})
        return _answer(Result(200, _find_applied(pool, plan)), {"plan": plan})

    def roll_back(request: Request, load: Number, dry_run: DryRun = False) -> Response:
        """Revert a load, as a new load; nothing is erased."""
        check_query(request, {"dry_run"})
        with uploads.lend_folder() as folder:
            options = {"load": load, "dry_run": dry_run}
            result = worker.run("rollback", options, folder, _id_of(request))
        return _answer(result, options)

    body = {"required": True, "content": {_FILE_TYPE: {"schema": _FILE_SCHEMA}}}
    _add(app, "/plans", plan_upload, check, {"requestBody": body})
    _add(app, "/plans/{plan}", apply_plan, check)
    _add(app, "/loads/{load}/rollback", roll_back, check)


_FILE_SCHEMA = {"type": "string", "format": "binary"}


def _add(
    app: FastAPI,
    path: str,
    handler: Callable[..., Any],
    check: Callable[..., None],
    more: dict[str, Any] | None = None,
) -> None:
    app.add_api_route(
        PREFIX + path,
        handler,
        methods=["POST"],
        tags=["writes"],
        operation_id=handler.__name__,
        summary=(handler.__doc__ or "").partition("\n")[0].removesuffix("."),
        dependencies=[Depends(check), only_forms(None, Form.JSON)],
        response_class=Response,
        responses={
            200: {
                "description": "The outcome",
                "model": Envelope,
                "content": {Form.JSON.media_type: {}},
            },
            **describe_refusals(*WRITE_REFUSALS),
        },
        openapi_extra=more,
    )


def _refuse_token(what: str, challenge: str) -> RequestError:
    return RequestError(
        401,
        what,
        remedy="send `Authorization: Bearer TOKEN` with the token that the server was started with",
        headers={"www-authenticate": challenge},
    )


def _id_of(request: Request) -> str:
    return str(request.scope.get(REQUEST_KEY, ""))


async def _receive(request: Request, upload: Upload) -> None:
    """Write the request's body to the upload's file, as it arrives. Raises RequestError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FILE_TYPE or "content-encoding" in request.headers:
        raise RequestError(
            415, "the body is not the file itself", remedy=f"send it as {_FILE_TYPE}"
        )
    too_long = RequestError(
        413,
        f"the file is longer than {LONGEST_UPLOAD:,} bytes",
        remedy="load it with the command `stockgroups load`",
    )
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > LONGEST_UPLOAD:
        raise too_long
    size = 0
    try:
        with upload.path.open("xb") as file:
            async with asyncio.timeout(UPLOAD_SECONDS):
                async for part in request.stream():
                    size += len(part)
                    if size > LONGEST_UPLOAD:
                        raise too_long
                    file.write(part)
    except TimeoutError:
        raise RequestError(
            408, f"the file did not arrive within {UPLOAD_SECONDS} s", remedy="send it again"
        ) from None
    except ClientDisconnect:
        raise RequestError(400, "the file ended early", remedy="send it again") from None


def _work(worker: Worker, act: str, upload: Upload, request: Request, **more: str) -> Result:
    options = {"folder": str(upload.folder), **upload.options, **more}
    return worker.run(act, options, upload.folder, _id_of(request))


def _find_applied(pool: Pool, plan: str) -> dict[str, Any]:
    """Return the load that applied a plan. Raises NotFoundError, GuardError."""
    found = pool.ask(lambda db, _: db.loads(1, plan=plan))
    if not found:
        raise NotFoundError(
            f"unknown plan {plan}",
            remedy="upload the file again: plans expire after an hour, when the server ends, "
            "and when the data changes",
        )
    if found[0].undone_by is not None:
        raise GuardError(
            f"load {found[0].id} applied the plan, and load {found[0].undone_by} reverted it",
            where=f"plan {plan}",
            remedy="upload the file again for a plan against the current data",
        )
    return {"plan": plan, "changed": False, "repeated": True, **found[0].to_dict()}


def _answer(result: Result, arguments: dict[str, Any]) -> Response:
    if result.status != 200:
        return make_response(write_problem(result.status, result.value))
    days = [file["as_of"] for file in result.value.get("files", ()) if file["as_of"]]
    envelope: dict[str, Any] = {
        "data": result.value,
        "as_of": min(days, default=None),
        "state": None,
        "sources": [],
        "warnings": [],
        "truncated": False,
        "next": None,
        "arguments": arguments,
    }
    return Response(write_json(envelope), media_type=Form.JSON.media_type)
