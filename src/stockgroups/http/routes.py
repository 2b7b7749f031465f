"""Makes a route for a question: reads the parameters, asks, and writes the requested form."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from stockgroups.api.moments import read_day, read_known_at
from stockgroups.errors import NotFoundError, UsageError
from stockgroups.http.envelope import Envelope, Question, make_envelope, make_page
from stockgroups.http.forms import Form, write_csv, write_json, write_parquet
from stockgroups.http.parameters import Cursor, Fields, Limit
from stockgroups.text import advise_nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fastapi import FastAPI

    from stockgroups.http.cache import Reply
    from stockgroups.http.endpoints import Endpoint
    from stockgroups.http.pool import Pool

PREFIX = "/v1"
VERSION_HEADER = "stockgroups-version"
FORM_KEY = "stockgroups.form"
"""The key of the scope under which the gate stores the path's form."""
_PAGING: dict[str, Any] = {"fields": Fields, "limit": Limit, "cursor": Cursor}
_DAYS = ("as_of", "since", "until", "published_by")
_OURS = ("db", "kind")
"""Parameters of questions that a request cannot give."""
_GIVEN_OFTEN = ("text", "accept")


class Problem(BaseModel):
    """An error (RFC 9457): what is wrong, where, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    what: str | None = None
    where: str | None = None
    remedy: str | None = None
    nearest: list[str] | None = None
    text: str | None = None
    column: int | None = None
    request_id: str


_REFUSALS = {
    400: "The request is invalid",
    401: "The token is missing or wrong",
    403: "The request comes from a page of another site",
    404: "Nothing has this name",
    405: "The path does not allow this method",
    408: "The body did not arrive in time",
    409: "The data, or the cursor, is older than allowed",
    413: "The body is too large",
    414: "The address is too long",
    415: "The body is not JSON",
    421: "The request is for another host",
    422: "The body cannot be read",
    431: "The headers are too large",
    500: "Internal error; the server's log has the reason",
    503: "The database is unavailable",
    504: "The answer takes too long",
}


READ_REFUSALS = tuple(status for status in _REFUSALS if status != 401)
"""The statuses with which a question may be refused."""
WRITE_REFUSALS = tuple(_REFUSALS)
"""The statuses with which a write may be refused."""


def describe_refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI descriptions of the problems with these statuses."""
    return {
        status: {"description": _REFUSALS[status], "content": {"application/problem+json": {}}}
        | {"model": Problem}
        for status in statuses
    }


def add_route(app: FastAPI, endpoint: Endpoint, pool: Pool) -> None:
    """Add the route of a question."""
    wanted = dict(_list_parameters(endpoint.ask))
    request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    paging = map(_make_optional, _PAGING.items())
    handler = _make_handler(endpoint, pool, {*wanted, *_PAGING})
    handler.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [request, *wanted.values(), *paging]
    )
    app.add_api_route(
        PREFIX + endpoint.path,
        handler,
        methods=[endpoint.method],
        tags=[endpoint.tag],
        operation_id=endpoint.name or endpoint.ask.__name__,
        summary=_describe(endpoint),
        response_class=Response,
        responses={
            200: {
                "description": "The answer; the ending `.csv` or `.parquet` of the path chooses "
                "another format for the rows",
                "model": Envelope,
                "content": {form.media_type: {} for form in Form if form is not Form.JSON},
            },
            304: {"description": "The version with this entity tag is still current"},
            **describe_refusals(*READ_REFUSALS),
        },
    )


def _list_parameters(ask: Callable[..., Any]) -> Iterator[tuple[str, inspect.Parameter]]:
    """Yield the request parameters of a question; `**` parameters give all keys of their type."""
    for name, one in inspect.signature(ask, eval_str=True).parameters.items():
        if one.kind is inspect.Parameter.VAR_KEYWORD:
            (options,) = get_args(one.annotation)
            keys = get_type_hints(options, include_extras=True)
            yield from zip(keys, map(_make_optional, keys.items()), strict=True)
        elif name not in _OURS:
            yield name, one


def _make_optional(parameter: tuple[str, Any]) -> inspect.Parameter:
    name, annotation = parameter
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def only_forms(*forms: Form | None) -> Any:
    """Return a route dependency that allows only these forms; None is the path without ending.

    In any other form the path does not exist.
    """

    def check(request: Request) -> None:
        form: Form | None = request.scope.get(FORM_KEY)
        if form not in forms:
            raise refuse_path(f"{request.scope['path']}.{form}")

    return Depends(check)


def refuse_path(path: str) -> NotFoundError:
    """Return the error for a path that does not exist."""
    return NotFoundError(f"there is no {path}", remedy=f"{PREFIX}/docs shows what there is")


def _describe(endpoint: Endpoint) -> str:
    ask = getattr(endpoint.ask, "func", endpoint.ask)
    return (inspect.getdoc(ask) or "").removesuffix(".")


def _make_handler(endpoint: Endpoint, pool: Pool, known: set[str]) -> Callable[..., Response]:
    def handle(request: Request, **given: Any) -> Response:
        check_query(request, known)
        paging = {name: given.pop(name) for name in _PAGING}
        form: Form | None = request.scope.get(FORM_KEY)
        wants_rows = (
            endpoint.is_rows
            or form not in (None, Form.JSON)
            or any(value is not None for value in paging.values())
        )
        arguments = {name: _understand(name, value) for name, value in given.items()}
        meta = _list_given(arguments)
        question = Question(request.scope["path"], meta, **paging, wants_rows=wants_rows)
        answer, catalog, version = pool.ask(
            lambda db, version: (endpoint.ask(db, **arguments), db.catalog, version)
        )
        page = make_page(answer, question, version) if wants_rows else None
        headers = {VERSION_HEADER: str(version)}
        if page is not None and page.next is not None:
            url = request.url.include_query_params(cursor=page.next)
            headers["link"] = f'<?{url.query}>; rel="next"'
        if page is None or form in (None, Form.JSON):
            body = write_json(make_envelope(answer, question, page, catalog))
            return Response(body, headers=headers, media_type=Form.JSON.media_type)
        body = write_csv(page) if form is Form.CSV else write_parquet(answer, page)
        return Response(body, headers=headers, media_type=form.media_type)

    return handle


def make_response(reply: Reply) -> Response:
    """Return a reply as a response of the framework."""
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(reply.content, reply.status, headers)


def check_query(request: Request, known: set[str]) -> None:
    """Raise UsageError for unknown parameters, and for parameters that are given twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in known or name in request.path_params:
            names_known = ", ".join(sorted(known - set(request.path_params)))
            raise UsageError(
                f"unknown parameter {name!r}",
                where="the query",
                remedy=advise_nearest(
                    name, sorted(known), f"the parameters are {names_known}", most=1
                ),
            )
        if names.count(name) > 1 and name not in _GIVEN_OFTEN:
            raise UsageError(
                f"the parameter {name!r} is given twice", where="the query", remedy="give it once"
            )


def _understand(name: str, value: Any) -> Any:
    """Return an argument, with days and times resolved as of today."""
    if isinstance(value, BaseModel):
        days = {one: _understand(one, getattr(value, one)) for one in type(value).model_fields}
        return value.model_copy(update=days)
    if name in _DAYS:
        return read_day(value, name)
    return read_known_at(value) if name == "known_at" else value


def _list_given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given arguments, as JSON values."""
    given: dict[str, Any] = {}
    for name, value in arguments.items():
        if isinstance(value, BaseModel):
            given |= _list_given(dict(value))
        elif value is not None:
            given[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return given
