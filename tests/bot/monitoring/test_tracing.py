"""Traces, as a collector on the loopback interface receives them."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from bot import request_id
from bot.monitoring.monitor import Monitor, note_outcome
from bot.monitoring.opening import monitored, wants_traces
from bot.monitoring.tracing import FLUSH_WITHIN
from bot.settings import MonitoringSettings
from retrieval.errors import InputInvalid
from retrieval.stages import measured


class Collector(ThreadingHTTPServer):
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.requests: list[tuple[str, str, ExportTraceServiceRequest]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for _, _, request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(
            (self.path, self.headers["Content-Type"], ExportTraceServiceRequest.FromString(body))
        )
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collecting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector, which the environment names."""
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        try:
            yield collector
        finally:
            collector.shutdown()
            thread.join()


async def ask(monitor: Monitor, error: Exception | None = None) -> str | None:
    """A question of three stages, one of them twice."""
    with monitor.request(), monitor.question():
        for stage in ("search", "send", "send"):
            with measured(stage):
                await asyncio.sleep(0)
        if error is not None:
            raise error
        note_outcome("abstained")
        return request_id.current()


def test_a_question_is_a_trace_with_a_span_for_each_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    ids: list[str | None] = []

    async def play() -> None:
        async with monitored(MonitoringSettings()) as monitor:
            ids.append(await ask(monitor))
            with pytest.raises(ValueError, match="what was asked"):
                await ask(monitor, ValueError("what was asked"))

    with collecting(monkeypatch) as collector:
        asyncio.run(play())
    assert {(path, kind) for path, kind, _ in collector.requests} == {("/v1/traces", "application/x-protobuf")}
    resource = collector.requests[0][2].resource_spans[0].resource
    assert "quoth" in [attribute.value.string_value for attribute in resource.attributes]
    roots = [span for span in collector.spans if not span.parent_span_id]
    assert [root.name for root in roots] == ["question", "question"]
    first = roots[0]
    assert first.trace_id.hex() == ids[0]
    assert {attribute.key: attribute.value.string_value for attribute in first.attributes} == {
        "quoth.outcome": "abstained"
    }
    stages = [span for span in collector.spans if span.parent_span_id == first.span_id]
    assert sorted(span.name for span in stages) == ["search", "send", "send"]
    for span in stages:
        assert span.trace_id == first.trace_id
        assert first.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= first.end_time_unix_nano
    failed = roots[1]
    assert failed.trace_id != first.trace_id
    assert failed.status.code == Status.STATUS_CODE_ERROR
    assert "what was asked" not in str(collector.requests)


def test_a_collector_that_does_not_answer_keeps_nobody_from_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> float:
        async with monitored(MonitoringSettings()) as monitor:
            await ask(monitor)
            began = time.monotonic()
        return time.monotonic() - began

    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes connections, and says nothing
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "30")
        assert asyncio.run(play()) < 30 * FLUSH_WITHIN


def test_another_protocol_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with monitored(MonitoringSettings()):
            pass

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    sentence = (
        r"^The variable OTEL_EXPORTER_OTLP_PROTOCOL names a protocol other than http/protobuf: set it to http/prot"
    )
    with pytest.raises(InputInvalid, match=sentence):
        asyncio.run(play())


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_traces_are_sent_where_the_standard_variables_say_so(environment: dict[str, str], wanted: bool) -> None:
    assert wants_traces(environment) is wanted


def test_without_the_variables_nothing_of_it_is_imported() -> None:
    code = """
import asyncio, sys
import bot.discord.launch
from bot.monitoring.opening import monitored
from bot.settings import MonitoringSettings
async def play():
    async with monitored(MonitoringSettings(), {}):
        print([name for name in sys.modules if name.split(".")[0] in ("opentelemetry", "prometheus_client")])
asyncio.run(play())
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout == "[]\n"
