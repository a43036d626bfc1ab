"""What stands before every endpoint: who is let in, what every reply carries, and what becomes of errors."""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.formats.visible import one_line
from bot.http.access import Access
from bot.http.problems import AGAIN, MEDIA_TYPE, Problem, Refused, problem_of
from bot.http.rate import RateLimit, Share

log = logging.getLogger(__name__)

LONGEST_QUERY = 8192  # bytes of an address behind its question mark
LONGEST_LOGGED = 200  # characters of an address
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Those of every reply; an endpoint may set another `Cache-Control`."""

ProblemPage = Callable[[Problem, str], str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What requests have to keep to."""

    access: Access
    rate: RateLimit
    verbose: bool = False
    """Whether the log has what was asked."""
    share: Share = field(default_factory=Share)


class Guard:
    """Lets a request in or refuses it, turns every error into a problem, and logs how it ended."""

    def __init__(self, app: ASGIApp, rules: Rules, problem_page: ProblemPage) -> None:
        self._app, self._rules, self._problem_page = app, rules, problem_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, reply = Request(scope, receive), _Reply(send)
        reference, began = secrets.token_hex(4), time.perf_counter()
        try:
            self._admit(request)
            with self._rules.share.place(_client(request)) as is_free:
                if not is_free:
                    raise _too_many_at_a_time(self._rules.share)
                await self._app(scope, receive, reply.send)
        except ClientDisconnect:
            pass
        except Exception as error:  # noqa: BLE001 - nothing may reach a client as a traceback
            problem = problem_of(error, reference)
            if not reply.status:
                await self._response(problem, request, reference)(scope, receive, reply.send)
        finally:
            milliseconds = 1000 * (time.perf_counter() - began)
            log.info(
                "%s %s %s %s in %.0f ms, reference %s",
                _client(request),
                request.method,
                self._address(request),
                reply.status or "ended early",
                milliseconds,
                reference,
            )

    def _admit(self, request: Request) -> None:
        """Raise Refused for a request that is not let in."""
        rules, host = self._rules, request.headers.get("host", "")
        if not rules.access.admits_host(host):
            raise Refused(
                421,
                f"This server does not go by the name {one_line(host)[:60]!r}: use its address, or have the name added "
                "to its setting hosts.",
            )
        if len(request.scope["query_string"]) > LONGEST_QUERY:
            raise Refused(
                414, f"The address has more than {LONGEST_QUERY:,} bytes behind its question mark: shorten it."
            )
        if seconds := rules.rate.wait(_client(request)):
            wait = math.ceil(seconds)
            raise Refused(429, f"You ask too often: ask again in {wait} s.", {"Retry-After": str(wait)})
        if not rules.access.admits(request.headers.get("authorization", "")):
            raise Refused(
                401,
                "The token is missing or wrong: send it as `Authorization: Bearer TOKEN`, or as the password that your "
                "browser asks for.",
                {"WWW-Authenticate": f'{"Basic" if wants_page(request) else "Bearer"} realm="quoth"'},
            )

    def _response(self, problem: Problem, request: Request, reference: str) -> Response:
        headers = dict(problem.headers)
        if wants_page(request):
            return Response(self._problem_page(problem, reference), problem.status, headers, "text/html")
        return Response(problem.as_json(reference), problem.status, headers, MEDIA_TYPE)

    def _address(self, request: Request) -> str:
        query = request.scope["query_string"].decode("latin-1")
        whole = f"{request.scope['path']}?{query}" if query and self._rules.verbose else request.scope["path"]
        return one_line(whole)[:LONGEST_LOGGED]


class _Reply:
    """A reply on its way, to which the headers of every reply are added."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        """0 until it has begun."""

    async def send(self, message: Message) -> None:
        """Pass on a part of it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def wants_page(request: Request) -> bool:
    """Return whether a browser asks, which shows pages."""
    return "text/html" in request.headers.get("accept", "")


def _too_many_at_a_time(share: Share) -> Refused:
    number = "One of your questions is" if share.most == 1 else f"{share.most} of your questions are"
    return Refused(429, f"{number} being answered already: ask again in a moment.", AGAIN)


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"
