"""What the bot says of itself over HTTP: that it is alive, whether it can answer, and its figures."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.host_names import names_this_machine
from bot.monitoring.metrics import CONTENT_TYPE, Metrics
from bot.monitoring.monitor import Monitor
from bot.setting_addresses import ListenAddress
from retrieval.errors import InputInvalid, QuothError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CLOSE_WITHIN = 0.5  # seconds, for requests under way when the bot ends


class AddressUnusable(QuothError):
    """An address that cannot be listened at."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"The monitoring address {address} cannot be used ({reason}): name another, as the setting "
            'monitoring.address, or "" for none.'
        )


def check_reach(address: ListenAddress, *, beyond_loopback: bool) -> None:
    """Raise InputInvalid for an address that other machines reach, unless that is meant."""
    if not (address.is_loopback or beyond_loopback):
        raise InputInvalid(
            f"The monitoring address {address}",
            "may be reached by other machines",
            "use 127.0.0.1, or set monitoring.beyond_loopback to true if that is what you want",
        )


@asynccontextmanager
async def serving(address: ListenAddress, monitor: Monitor, metrics: Metrics) -> AsyncIterator[ListenAddress]:
    """Serve while in the context; yields the address with its port. Raises AddressUnusable."""
    runner = web.AppRunner(
        _application(monitor, metrics, is_local=address.is_loopback), access_log=None, shutdown_timeout=CLOSE_WITHIN
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address.host, address.port).start()
        except OSError as error:
            raise AddressUnusable(str(address), os.strerror(error.errno) if error.errno else str(error)) from error
        yield ListenAddress(address.host, runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _application(monitor: Monitor, metrics: Metrics, *, is_local: bool) -> web.Application:
    async def alive(_: web.Request) -> web.Response:
        """Answer, which the event loop does only while it is not stuck."""
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        reasons = await _obstacles(monitor)
        status = "not ready" if reasons else "ready"
        return web.json_response(
            {"status": status, "reasons": reasons}, status=503 if reasons else 200, dumps=_readable_json
        )

    async def figures(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    @web.middleware
    async def own_names_only(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other names; beyond loopback any may be meant, and other machines read this as it is."""
        if is_local and not names_this_machine(request.headers.get("Host", "")):
            raise web.HTTPMisdirectedRequest(text="This server does not go by that name: use its address.")
        return await handler(request)

    application = web.Application(middlewares=[own_names_only])
    application.add_routes([web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", figures)])
    return application


async def _obstacles(monitor: Monitor) -> list[str]:
    """Return what keeps the bot from answering."""
    if monitor.vitals is None:
        return ["the index and the database are still being opened"]
    state = monitor.vitals.state()
    obstacles = ["the bot is shutting down"] if state.is_closing else []
    closed = [str(connection.number) for connection in state.connections if not connection.is_open]
    if not state.connections or not state.is_ready:
        obstacles.append("the bot is not connected to Discord yet")
    elif closed:
        obstacles.append(f"the connection to Discord is closed (shard {', '.join(closed)})")
    fault = await monitor.vitals.store_fault()
    return [*obstacles, fault] if fault is not None else obstacles


def _readable_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
