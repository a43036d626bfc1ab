"""Monitoring as the settings and the environment want it; nothing of it is imported where they want none."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from bot.monitoring.monitor import Monitor, Observer
from bot.settings import MonitoringSettings
from retrieval.extras import require

log = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
EXTRA = "metrics"


@asynccontextmanager
async def monitored(
    settings: MonitoringSettings, environment: Mapping[str, str] = os.environ
) -> AsyncIterator[Monitor]:
    """Yield the monitor, and serve and trace meanwhile. Raises ExtraMissing, InputInvalid or AddressUnusable."""
    observers: list[Observer] = []
    async with AsyncExitStack() as stack:
        if wants_traces(environment):
            require(EXTRA, "Sending traces, which OTEL_ variables ask for,")
            from bot.monitoring.tracing import Tracing

            tracing = Tracing(environment)
            stack.push_async_callback(tracing.close)
            observers.append(tracing)
        if settings.address is None:
            yield Monitor(observers)
            return
        require(EXTRA, "The setting monitoring.address")
        from bot.monitoring.metrics import Metrics
        from bot.monitoring.server import check_reach, serving

        check_reach(settings.address, beyond_loopback=settings.beyond_loopback)
        metrics = Metrics()
        monitor = Monitor([*observers, metrics])
        metrics.watch(monitor)
        address = await stack.enter_async_context(serving(settings.address, monitor, metrics))
        log.info("/healthz, /readyz and /metrics are served at http://%s", address)
        yield monitor


def wants_traces(environment: Mapping[str, str]) -> bool:
    """Return whether OpenTelemetry's variables name a collector, and do not switch traces off."""
    off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    off |= environment.get("OTEL_TRACES_EXPORTER", "otlp") not in ("otlp", "")
    return not off and any(environment.get(name) for name in ENDPOINTS)
