"""The application: all questions below `/v1`, their description, and the health checks."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match

from stockgroups.db import schema
from stockgroups.errors import StockgroupsError, UsageError
from stockgroups.http.admission import LOCAL_HOSTS
from stockgroups.http.asgi import REQUEST_KEY
from stockgroups.http.bounded import Worker
from stockgroups.http.cache import Cache
from stockgroups.http.endpoints import ENDPOINTS
from stockgroups.http.forms import Form
from stockgroups.http.gate import Gate
from stockgroups.http.limits import CACHE_BYTES
from stockgroups.http.pool import Pool
from stockgroups.http.problems import RequestError, make_problem
from stockgroups.http.routes import (
    PREFIX,
    add_route,
    describe_refusals,
    make_response,
    only_forms,
    refuse_path,
)
from stockgroups.http.site import add_site
from stockgroups.http.uploads import Uploads
from stockgroups.http.watch import Watch
from stockgroups.http.writes import add_writes
from stockgroups.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Self

    from stockgroups.api import Database
    from stockgroups.http.asgi import Asgi
    from stockgroups.http.site import Site
    from stockgroups.http.token import Token
    from stockgroups.settings import Settings

CONNECTIONS = 8
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True)
class Service:
    """The application with its open resources.

    Attributes:
        uploads: The files whose plans may be applied; None if writes are not allowed.
    """

    app: Gate
    pool: Pool
    watch: Watch
    cache: Cache
    uploads: Uploads | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, and remove all uploads."""
        self.watch.close()
        self.pool.close()
        if self.uploads is not None:
            self.uploads.close()


def make_app(
    settings: Settings,
    *,
    hosts: Iterable[str] = (),
    log: Callable[[str], None],
    site: Site | None = None,
    token: Token | None = None,
) -> Service:
    """Return the application for the database of the settings.

    Args:
        hosts: The allowed host names besides the local ones.
        log: Gets a line for each request.
        site: The pages for all paths outside the API; None: no pages.
        token: The token that allows writes; None: no writes.

    Raises:
        DatabaseError: The database cannot be used.
    """
    pool = Pool(settings, CONNECTIONS)
    api = make_api(pool)
    uploads = None
    if token is not None:
        uploads = Uploads()
        add_writes(api, pool, uploads, Worker(settings), token)
    app: Asgi = api if site is None else add_site(api, site, pool)
    watch, cache = Watch(pool.target), Cache(CACHE_BYTES)
    known = {host.lower() for host in (*LOCAL_HOSTS, *hosts)}
    posts = {PREFIX + one.path for one in ENDPOINTS if one.method == "POST"}
    gate = Gate(app, watch, cache, hosts=known, posts=posts, log=log, site=site)
    return Service(gate, pool, watch, cache, uploads)


def make_api(pool: Pool) -> FastAPI:
    """Return the API as an application without a cache."""
    app = FastAPI(
        title="stockgroups",
        version=VERSION,
        description="Which stock belongs to which group: ETFs, universes, sectors and themes, with "
        "weights, provenance and history. Weights are fractions: 0.065 is 6.5 %.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_exception_handler(StockgroupsError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_values)
    app.add_exception_handler(StarletteHTTPException, _refuse_request)
    for endpoint in ENDPOINTS:
        add_route(app, endpoint, pool)
    _add_health(app, pool)
    _add_docs(app)
    return app


def _add_health(app: FastAPI, pool: Pool) -> None:
    json_alone = [only_forms(None, Form.JSON)]

    @app.get(f"{PREFIX}/healthz", tags=["health"], operation_id="healthz", dependencies=json_alone)
    async def tell_health() -> dict[str, str]:
        """Tell that the server runs."""
        return {"status": "ok", "version": VERSION}

    @app.get(
        f"{PREFIX}/readyz",
        tags=["health"],
        operation_id="readyz",
        dependencies=json_alone,
        responses=describe_refusals(503),
    )
    def tell_readiness() -> dict[str, Any]:
        """Tell that the database answers and has the schema of this program."""

        def check(db: Database, version: int) -> int:
            schema.check_version(db.connection, str(pool.target))
            return version

        version = pool.ask(check)
        return {"status": "ready", "environment": pool.target.environment, "version": version}


def _add_docs(app: FastAPI) -> None:
    """Add the interactive description. It loads files only from this server."""
    files = f"{PREFIX}/docs/files"
    page = get_swagger_ui_html(
        openapi_url=f"{PREFIX}/openapi.json",
        title="stockgroups",
        swagger_js_url=f"{files}/swagger-ui-bundle.js",
        swagger_css_url=f"{files}/swagger-ui.css",
        swagger_favicon_url=f"{files}/favicon.png",
    )
    page.headers["content-security-policy"] = _DOCS_POLICY

    @app.get(
        f"{PREFIX}/openapi", include_in_schema=False, dependencies=[only_forms(None, Form.JSON)]
    )
    def describe() -> dict[str, Any]:
        return app.openapi()

    @app.get(f"{PREFIX}/docs", include_in_schema=False, dependencies=[only_forms(None)])
    async def show_docs() -> Response:
        return page

    folder = resources.files("fastapi_offline") / "static"
    app.mount(files, StaticFiles(directory=str(folder)), name="docs")


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, StockgroupsError)  # noqa: S101 - it is registered for these
    return make_response(make_problem(error, request.scope.get(REQUEST_KEY, "")))


async def _refuse_values(request: Request, error: Exception) -> Response:
    """Return the problem for missing or out-of-bounds parameters, in one line."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    first: dict[str, Any] = error.errors()[0]
    place: Sequence[Any] = first["loc"]
    names = [str(part) for part in place if part not in ("query", "path", "body")]
    where = ".".join(names) or "the body"
    what = str(first["msg"])
    if place[0] == "body":
        refused: StockgroupsError = RequestError(422, f"{where}: {what}")
    else:
        remedy = f"give `{where}`" if first["type"] == "missing" else None
        refused = UsageError(what, where=where, remedy=remedy)
    return await _refuse(request, refused)


async def _refuse_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 - as above
    if error.status_code == 404:
        refused: StockgroupsError = refuse_path(request.scope["path"])
    else:
        methods = _list_methods(request)
        headers = {"allow": methods} if methods else None
        refused = RequestError(error.status_code, str(error.detail), headers=headers)
    return await _refuse(request, refused)


def _list_methods(request: Request) -> str:
    """Return the allowed methods of a path."""
    found = {
        method
        for route in request.app.routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))
