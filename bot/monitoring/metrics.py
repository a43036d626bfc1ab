"""The bot's figures in Prometheus' format. No label holds a question's words or anybody's id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from bot.monitoring.monitor import Monitor, Observer, Outcome, QuestionRecord
from bot.monitoring.vitals import BotState
from retrieval.stages import Stage

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Upper bounds of the histograms' buckets: a search takes milliseconds, a send that is tried again half a minute."""


class Metrics(Observer):
    """Counts what happens; the registry is its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._monitor: Monitor | None = None
        self._questions = Counter(
            "quoth_questions",
            "Questions that are done with, by what became of them.",
            ["outcome"],
            registry=self._registry,
        )
        self._faults = Counter(
            "quoth_errors", "Errors that were not the user's mistake, by kind.", ["kind"], registry=self._registry
        )
        self._refusals = Counter(
            "quoth_refusals", "Requests that were refused, by the kind of refusal.", ["kind"], registry=self._registry
        )
        self._seconds = Histogram(
            "quoth_question_seconds",
            "Time from a question's arrival to its answer.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._stages = Histogram(
            "quoth_stage_seconds",
            "Time that a stage of answering took, each time that it ran.",
            ["stage"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._votes = Counter("quoth_votes", "Votes on answers.", ["vote"], registry=self._registry)
        self._reconnects = Counter(
            "quoth_gateway_reconnects",
            "Connections to Discord that were opened again, by whether their session was resumed or is new.",
            ["session"],
            registry=self._registry,
        )
        self._begin_at_zero()
        ProcessCollector(registry=self._registry)
        self._registry.register(_StateCollector(self))

    def watch(self, monitor: Monitor) -> None:
        """Have the bot's state among the figures from now on, once it is set up."""
        self._monitor = monitor

    @property
    def state(self) -> BotState | None:
        """The bot's state; None until it is set up."""
        vitals = self._monitor.vitals if self._monitor is not None else None
        return vitals.state() if vitals is not None else None

    def text(self) -> bytes:
        """Return all figures as Prometheus reads them."""
        return generate_latest(self._registry)

    def on_question(self, record: QuestionRecord) -> None:
        """Count a question and measure its stages."""
        self._questions.labels(record.outcome).inc()
        if record.outcome in ("answered", "abstained"):
            self._seconds.observe(record.seconds)
        for interval in record.stages:
            self._stages.labels(interval.stage).observe(interval.seconds)

    def on_fault(self, kind: str) -> None:
        """Count an error."""
        self._faults.labels(kind).inc()

    def on_refusal(self, kind: str) -> None:
        """Count a refusal."""
        self._refusals.labels(kind).inc()

    def on_vote(self, *, is_useful: bool) -> None:
        """Count a vote."""
        self._votes.labels("useful" if is_useful else "not useful").inc()

    def on_reconnect(self, *, is_resumed: bool) -> None:
        """Count a connection."""
        self._reconnects.labels("resumed" if is_resumed else "new").inc()

    def _begin_at_zero(self) -> None:
        """Have every series that is known beforehand there from the start: a rate needs two points."""
        for outcome in get_args(Outcome):
            self._questions.labels(outcome)
        for stage in get_args(Stage):
            self._stages.labels(stage)
        for vote in ("useful", "not useful"):
            self._votes.labels(vote)
        for session in ("resumed", "new"):
            self._reconnects.labels(session)


class _StateCollector(Collector):
    """What the bot is when it is asked."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def describe(self) -> Iterator[Metric]:
        """Name nothing beforehand: the bot may not be set up yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        state = self._metrics.state
        if state is None:
            return
        yield GaugeMetricFamily("quoth_ready", "Whether the bot can answer.", float(state.is_ready))
        yield GaugeMetricFamily("quoth_questions_waiting", "Questions that wait or are worked on.", state.waiting)
        is_open = GaugeMetricFamily("quoth_gateway_open", "Whether a connection to Discord is open.", labels=["shard"])
        latency = GaugeMetricFamily(
            "quoth_gateway_latency_seconds", "Time until a heartbeat was answered.", labels=["shard"]
        )
        for connection in state.connections:
            is_open.add_metric([str(connection.number)], float(connection.is_open))
            if connection.latency is not None:
                latency.add_metric([str(connection.number)], connection.latency)
        built = GaugeMetricFamily(
            "quoth_index_built_timestamp_seconds",
            "When the generation that answers was built; time() minus this is its age.",
            labels=["index", "generation"],
        )
        for index in state.indexes:
            built.add_metric([index.path, index.generation], index.built_at.timestamp())
        yield from (is_open, latency, built)
