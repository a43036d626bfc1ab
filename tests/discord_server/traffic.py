"""What happens to requests on their way: rate limits by bucket, 429, server errors, slowness, dropped connections.

A bucket is a method, a route and its major parameter (channel, guild or webhook token), as with Discord. Every
answer carries the X-RateLimit headers of its bucket; without a policy the limit is too high to be felt. The server
says `Via`, as Discord's proxy does: discord.py takes a 429 without it for a ban.
"""

import asyncio
import hashlib
import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.discord_server.answers import json_answer
from tests.discord_server.clock import Clock
from tests.discord_server.errors import Refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
UNFELT = (10_000, 1.0)


@dataclass(eq=False)
class Call:
    """One request that came in, with its answer's status once it was given."""

    method: str
    path: str
    at: float
    body: Any = None
    status: int | None = None
    known: bool = True
    """Whether the server has such a route at all."""


CALL = web.RequestKey("call", Call)
"""Where a request keeps its entry in the log."""


class Gate:
    """Holds matching requests until released; `reached` tells when one has arrived."""

    def __init__(self) -> None:
        self._arrived = asyncio.Event()
        self._open = asyncio.Event()

    async def reached(self, timeout: float = 5.0) -> None:
        """Wait until a request stands at the gate."""
        await asyncio.wait_for(self._arrived.wait(), timeout)

    def release(self) -> None:
        """Let all through."""
        self._open.set()

    async def passing(self) -> None:
        """What a request does at the gate."""
        self._arrived.set()
        await self._open.wait()


@dataclass(eq=False)
class _Rule:
    """What befalls the next `times` requests that match."""

    method: str
    pattern: re.Pattern[str]
    times: float
    status: int = 0
    applied: bool = False
    seconds: float | Callable[[], float] = 0.0
    is_global: bool = False
    gate: Gate | None = None
    dropped: bool = False
    refusal: Refusal | None = None


@dataclass(eq=False)
class _Bucket:
    limit: int
    window: float
    used: int = 0
    ends: float = 0.0


@dataclass(eq=False)
class Traffic:
    """Rules and policies for requests, and the log of all that came."""

    clock: Clock
    calls: list[Call] = field(default_factory=list)
    is_down: bool = False
    """Whether every request is answered with 503."""
    _rules: list[_Rule] = field(default_factory=list)
    _policies: list[tuple[str, re.Pattern[str], int, float]] = field(default_factory=list)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def limit(self, method: str, path: str, *, requests: int, window: float) -> None:
        """From now on allow this many requests per window of seconds in each bucket whose path matches."""
        self._policies.insert(0, (method, re.compile(path), requests, window))
        self._buckets.clear()

    def rule(self, method: str, path: str, times: float, **what: Any) -> None:
        """Let something befall the next requests that match."""
        self._rules.append(_Rule(method, re.compile(path), times, **what))

    async def pass_on(self, request: web.Request, path: str, handler: Handler) -> web.StreamResponse:
        """Answer a request: by a rule, by its bucket's limit, or by its handler."""
        call = Call(request.method, path, self.clock.now())
        self.calls.append(call)
        request[CALL] = call
        response = await self._answer(request, call, handler)
        call.status = response.status
        return response

    async def _answer(self, request: web.Request, call: Call, handler: Handler) -> web.StreamResponse:
        if self.is_down:
            return _failure(503)
        rule = self._match(call)
        if rule is not None and rule.gate is not None:
            await rule.gate.passing()
        seconds = 0.0 if rule is None else rule.seconds() if callable(rule.seconds) else rule.seconds
        if rule is not None and rule.status == 0 and seconds:
            await asyncio.sleep(seconds)
        if rule is not None and rule.status == 429:
            return _too_many(seconds, is_global=rule.is_global, headers={})
        bucket, headers = self._count(request, call)
        if bucket is not None:
            return _too_many(bucket.ends - self.clock.now(), is_global=False, headers=headers)
        if rule is None or not (rule.status or rule.dropped):
            response = await handler(request)
            response.headers.update(headers)
            return response
        if rule.applied:
            await handler(request)
        if rule.dropped and request.transport is not None:
            request.transport.abort()
        if rule.refusal is not None:
            return json_answer(rule.refusal.body, status=rule.status)
        return _failure(rule.status or 500)

    def _match(self, call: Call) -> _Rule | None:
        for rule in self._rules:
            if rule.method in ("*", call.method) and rule.pattern.search(call.path):
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
                return rule
        return None

    def _count(self, request: web.Request, call: Call) -> tuple[_Bucket | None, dict[str, str]]:
        """The bucket if it is exhausted, and the headers that tell of it."""
        name, key = _bucket_key(request, call)
        bucket = self._buckets.setdefault(key, self._new_bucket(call))
        now = self.clock.now()
        if now >= bucket.ends:
            bucket.used, bucket.ends = 0, now + bucket.window
        exhausted = bucket.used >= bucket.limit
        bucket.used += 0 if exhausted else 1
        headers = {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(bucket.limit - bucket.used),
            "X-RateLimit-Reset": f"{time.time() + bucket.ends - now:.3f}",
            "X-RateLimit-Reset-After": f"{bucket.ends - now:.3f}",
            "X-RateLimit-Bucket": hashlib.blake2s(name.encode(), digest_size=16).hexdigest(),
            "Via": "1.1 google",
        }
        return (bucket if exhausted else None), headers

    def _new_bucket(self, call: Call) -> _Bucket:
        for method, pattern, requests, window in self._policies:
            if method in ("*", call.method) and pattern.search(call.path):
                return _Bucket(requests, window)
        return _Bucket(*UNFELT)


def _bucket_key(request: web.Request, call: Call) -> tuple[str, str]:
    """The bucket's name, and the key of this request's share of it."""
    resource = request.match_info.route.resource
    name = f"{call.method} {resource.canonical if resource is not None else call.path}"
    info = request.match_info
    major = next((info[part] for part in ("channel", "guild", "token") if part in info), "")
    return name, f"{name} {major}"


def _too_many(seconds: float, *, is_global: bool, headers: dict[str, str]) -> web.Response:
    """A 429, per bucket or global."""
    scope = {"X-RateLimit-Scope": "global" if is_global else "user", "Retry-After": str(math.ceil(seconds))}
    if is_global:
        scope["X-RateLimit-Global"] = "true"
    body = {"message": "You are being rate limited.", "retry_after": round(seconds, 3), "global": is_global}
    return json_answer(body, status=429, headers={"Via": "1.1 google", **headers, **scope})


def _failure(status: int) -> web.Response:
    """An error of Discord's own, or of the proxy before it, which answers in HTML."""
    if status in (502, 503, 504):
        return web.Response(
            text=f"<html><body><h1>{status}</h1></body></html>", content_type="text/html", status=status
        )
    return json_answer({"message": f"{status}: Internal Server Error", "code": 0}, status=status)
