"""The REST API's front door: addresses, tokens, errors; the routes are in the rest_* modules."""

from aiohttp import web

from tests.discord_server import rest_application, rest_channels, rest_interactions, rest_messages
from tests.discord_server.answers import json_answer
from tests.discord_server.backend import Backend
from tests.discord_server.errors import Refusal, unauthorized
from tests.discord_server.traffic import CALL, Handler

API = "/api/v10"
UNSIGNED = ("/interactions/", "/webhooks/")
"""Routes whose path holds their own token."""


def application(backend: Backend) -> web.Application:
    """The whole server as an aiohttp application."""

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await _admitted(backend, request, handler)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:
            backend.faults.append(error)
            raise

    app = web.Application(middlewares=[door], client_max_size=200 * 1024 * 1024)
    for module in (rest_application, rest_channels, rest_messages, rest_interactions):
        app.add_routes(module.routes(backend, API))
    app.add_routes([web.get("/gateway", backend.gateway.accept), web.get("/gateway/", backend.gateway.accept)])
    app.add_routes([web.get("/attachments/{file}/{name}", _file(backend))])
    return app


async def _admitted(backend: Backend, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Calls of the API go by the traffic's rules; the gateway and files do not."""
    if not request.path.startswith(API):
        return await handler(request)
    path = request.path.removeprefix(API)

    async def answered(request: web.Request) -> web.StreamResponse:
        return await _answered(backend, request, path, handler)

    return await backend.traffic.pass_on(request, path, answered)


async def _answered(backend: Backend, request: web.Request, path: str, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or Discord's words for why there is none."""
    signed = request.headers.get("Authorization") == f"Bot {backend.token}"
    try:
        if not signed and not path.startswith(UNSIGNED) and path != "/gateway":
            raise unauthorized()
        return await handler(request)
    except Refusal as refusal:
        return json_answer(refusal.body, status=refusal.status)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
        request[CALL].known = False
        return json_answer({"message": f"{error.status}: {error.reason}", "code": 0}, status=error.status)


def _file(backend: Backend) -> Handler:
    async def get(request: web.Request) -> web.StreamResponse:
        attachment = backend.world.files.get(int(request.match_info["file"]))
        if attachment is None:
            raise web.HTTPNotFound
        return web.Response(body=attachment.data, content_type=attachment.content_type.split(";")[0])

    return get
