"""The endpoints, and what keeps them from being served."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.monitoring import opening
from bot.monitoring.monitor import Monitor
from bot.monitoring.opening import monitored
from bot.monitoring.server import AddressUnusable
from bot.setting_addresses import ListenAddress
from bot.settings import MonitoringSettings, load
from retrieval.errors import ExtraMissing, InputInvalid, SettingInvalid
from tests.bot.monitoring.conftest import HEALTHY, FixedVitals

ANY = ListenAddress("127.0.0.1", 0)
Get = Callable[[str], Awaitable[tuple[int, str, str]]]


def play(scene: Callable[[Monitor, Get], Awaitable[None]], caplog: pytest.LogCaptureFixture) -> None:
    """Play a scene with the endpoints served."""

    async def served() -> None:
        async with monitored(MonitoringSettings(ANY), {}) as monitor, aiohttp.ClientSession() as session:
            base = caplog.messages[-1].rpartition(" ")[2]

            async def get(path: str) -> tuple[int, str, str]:
                async with session.get(base + path) as response:
                    return response.status, response.content_type, await response.text()

            await scene(monitor, get)

    with caplog.at_level("INFO", logger=opening.__name__):
        asyncio.run(served())


def test_the_endpoints(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(monitor: Monitor, get: Get) -> None:
        assert await get("/healthz") == (200, "application/json", '{"status": "alive"}')
        opening_reason = '{"status": "not ready", "reasons": ["the index and the database are still being opened"]}'
        assert await get("/readyz") == (503, "application/json", opening_reason)
        status, kind, text = await get("/metrics")
        assert (status, kind) == (200, "text/plain")
        assert "quoth_questions_total" in text
        assert "quoth_ready" not in text
        monitor.vitals = FixedVitals()
        assert await get("/readyz") == (200, "application/json", '{"status": "ready", "reasons": []}')
        assert "quoth_ready 1.0" in (await get("/metrics"))[2]
        assert (await get("/"))[0] == 404

    play(scene, caplog)


@pytest.mark.parametrize(
    ("changes", "fault", "reasons"),
    [
        ({"is_ready": False}, None, '"the bot is not connected to Discord yet"'),
        ({"connections": ()}, None, '"the bot is not connected to Discord yet"'),
        (
            {"connections": (replace(HEALTHY.connections[0], is_open=False), HEALTHY.connections[1])},
            None,
            '"the connection to Discord is closed (shard 0)"',
        ),
        ({"is_closing": True}, None, '"the bot is shutting down"'),
        ({}, "The database is full.", '"The database is full."'),
        (
            {"is_closing": True, "is_ready": False},
            "The database is full.",
            '"the bot is shutting down", "the bot is not connected to Discord yet", "The database is full."',
        ),
    ],
)
def test_each_obstacle_is_named(
    changes: dict[str, Any], fault: str | None, reasons: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(monitor: Monitor, get: Get) -> None:
        monitor.vitals = FixedVitals(replace(HEALTHY, **changes), fault)
        expected = f'{{"status": "not ready", "reasons": [{reasons}]}}'
        assert await get("/readyz") == (503, "application/json", expected)
        assert (await get("/healthz"))[0] == 200

    play(scene, caplog)


@pytest.mark.parametrize("name", ["evil.example", "evil.example:9464", ""])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nowhere"])
def test_a_name_that_was_pointed_here_reads_nothing(name: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    async def served() -> None:
        async with monitored(MonitoringSettings(ANY), {}), aiohttp.ClientSession() as session:
            base = caplog.messages[-1].rpartition(" ")[2]
            async with session.get(base + path, headers={"Host": name}) as refused:
                assert refused.status == 421
                assert await refused.text() == "This server does not go by that name: use its address."
            async with session.get(f"{base}/healthz", headers={"Host": "localhost:9464"}) as admitted:
                assert admitted.status == 200

    with caplog.at_level("INFO", logger=opening.__name__):
        asyncio.run(served())


async def opened(settings: MonitoringSettings, environment: dict[str, str] | None = None) -> Monitor:
    async with monitored(settings, environment or {}) as monitor:
        return monitor


def test_nothing_is_served_by_default() -> None:
    assert asyncio.run(opened(MonitoringSettings())).observers == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_other_machines_are_kept_out_unless_they_are_meant(host: str) -> None:
    with pytest.raises(InputInvalid, match=r"^The monitoring address .* may be reached by other machines: use 127\.0"):
        asyncio.run(opened(MonitoringSettings(ListenAddress(host, 0))))
    if host == "0.0.0.0":
        asyncio.run(opened(MonitoringSettings(ListenAddress(host, 0), beyond_loopback=True)))


def test_an_address_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = (
            rf"^The monitoring address 127\.0\.0\.1:{port} cannot be used \(Address already in use\): name another"
        )
        with pytest.raises(AddressUnusable, match=sentence):
            asyncio.run(opened(MonitoringSettings(ListenAddress("127.0.0.1", port))))


@pytest.mark.parametrize(
    ("settings", "environment", "what"),
    [
        (MonitoringSettings(ANY), {}, r"^The setting monitoring\.address needs the extra 'metrics'"),
        (MonitoringSettings(), {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, r"^Sending traces, .* needs the"),
    ],
)
def test_a_missing_extra_is_one_sentence(
    settings: MonitoringSettings, environment: dict[str, str], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.extras.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=what):
        asyncio.run(opened(settings, environment))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9464", ListenAddress("127.0.0.1", 9464)),
        ("localhost:1", ListenAddress("127.0.0.1", 1)),
        ("[::1]:65535", ListenAddress("::1", 65535)),
        ("", None),
    ],
)
def test_addresses(text: str, address: ListenAddress | None) -> None:
    settings = load(environment={"QUOTH_MONITORING_ADDRESS": text})
    assert settings.monitoring.address == address
    assert address is None or str(address) == text.replace("localhost", "127.0.0.1")
    assert address is None or address.is_loopback


@pytest.mark.parametrize(
    "text", ["9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "host.example:1", "127.1:1", ":1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    remedy = 'it must be an IP address and a port, such as "127.0.0.1:9464", or ""'
    with pytest.raises(SettingInvalid, match=remedy):
        load(environment={"QUOTH_MONITORING_ADDRESS": text})
