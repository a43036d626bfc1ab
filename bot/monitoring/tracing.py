"""Traces of questions, sent to an OpenTelemetry collector by OTLP over HTTP; a trace's id is its request's."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import StatusCode

from bot.monitoring.monitor import Observer, QuestionRecord
from retrieval.errors import InputInvalid

PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
FLUSH_WITHIN = 1.0  # seconds: a collector that does not answer keeps nobody from leaving


class Tracing(Observer):
    """Sends a trace for each question, with a span for each of its stages."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Raises InputInvalid for a protocol that there is no exporter for."""
        _check_protocol(environment)
        self._ids = _RequestIds()
        resource = Resource({SERVICE_NAME: "quoth"}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("quoth")

    def on_question(self, record: QuestionRecord) -> None:
        """Send its trace, soon."""
        self._ids.trace = int(record.request, 16)
        nowhere = trace.set_span_in_context(trace.INVALID_SPAN)
        question = self._tracer.start_span("question", nowhere, start_time=record.began)
        question.set_attribute("quoth.outcome", record.outcome)
        if record.error is not None:
            question.set_attribute("error.type", record.error)
            question.set_status(StatusCode.ERROR)
        within = trace.set_span_in_context(question)
        for interval in record.stages:
            stage = self._tracer.start_span(interval.stage, within, start_time=interval.began)
            stage.end(interval.ended)
        question.end(record.ended)

    async def close(self) -> None:
        """Send what is left, as far as that takes no longer than a moment."""
        loop, is_done = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            if not loop.is_closed():
                loop.call_soon_threadsafe(is_done.set)

        # Not on the loop's own executor, which would be waited for at the end.
        threading.Thread(target=shut_down, daemon=True).start()
        try:
            async with asyncio.timeout(FLUSH_WITHIN):
                await is_done.wait()
        except TimeoutError:
            pass


class _RequestIds(IdGenerator):
    """Gives a trace the id of its request."""

    def __init__(self) -> None:
        self.trace = 0

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return secrets.randbits(63) + 1


def _check_protocol(environment: Mapping[str, str]) -> None:
    name = next((name for name in PROTOCOLS if environment.get(name)), None)
    if name is not None and environment[name] != PROTOCOL:
        raise InputInvalid(f"The variable {name}", f"names a protocol other than {PROTOCOL}", f"set it to {PROTOCOL}")
