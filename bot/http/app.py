"""The application: every address of the server, behind its guard."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.answering.collection import Collection
from bot.http.api import Api
from bot.http.guard import Guard, Rules, wants_page
from bot.http.pages import Pages, problem_page

VARY = {"Vary": "Accept"}


def application(collection: Collection, rules: Rules) -> Starlette:
    """Return the application that answers from a collection."""
    api, pages = Api(collection, verbose=rules.verbose), Pages(collection)

    async def quote(request: Request) -> Response:
        response = await (pages.quote(request) if wants_page(request) else api.quote(request))
        response.headers.update(VARY)
        return response

    app = Starlette(
        routes=[
            Route("/", pages.search, methods=["GET"]),
            Route("/style.css", pages.style, methods=["GET"]),
            Route("/ask", api.ask, methods=["POST"]),
            Route("/verify", api.verify, methods=["POST"]),
            Route("/search", api.search, methods=["GET"]),
            Route("/quote/{ref:path}", quote, methods=["GET"]),
            Route("/articles", api.articles, methods=["GET"]),
            Route("/status", api.status, methods=["GET"]),
            Route("/openapi.json", api.openapi, methods=["GET"]),
        ],
        middleware=[Middleware(Guard, rules=rules, problem_page=problem_page)],
        exception_handlers={HTTPException: _passed_on},
    )
    app.router.redirect_slashes = False
    return app


async def _passed_on(request: Request, error: Exception) -> Response:
    """Leave what the router refuses to the guard, as every other error."""
    raise error
