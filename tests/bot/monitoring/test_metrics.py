"""The figures, as Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from bot.monitoring.metrics import Metrics
from bot.monitoring.monitor import Interval, Monitor, Outcome, QuestionRecord
from tests.bot.monitoring.conftest import HEALTHY, FixedVitals


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of the labels' names."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def record(outcome: Outcome, *stages: Interval) -> QuestionRecord:
    """A question of two seconds."""
    return QuestionRecord("0" * 32, 0, 2_000_000_000, outcome, None, stages)


def test_what_happens_is_counted() -> None:
    metrics = Metrics()
    metrics.on_question(record("answered", Interval("search", 0, 30_000_000), Interval("send", 0, 200_000_000)))
    metrics.on_question(record("abstained", Interval("search", 0, 40_000_000)))
    metrics.on_question(record("failed"))
    metrics.on_fault("StoreUnusable")
    metrics.on_refusal("TooSoon")
    metrics.on_vote(is_useful=False)
    metrics.on_reconnect(is_resumed=True)
    figures = samples(metrics)
    assert figures["quoth_questions_total", "answered"] == 1
    assert figures["quoth_questions_total", "abstained"] == 1
    assert figures["quoth_questions_total", "failed"] == 1
    assert figures["quoth_questions_total", "silent"] == 0
    assert figures[("quoth_question_seconds_count",)] == 2, "how long a failure takes says nothing"
    assert figures["quoth_stage_seconds_count", "search"] == 2
    assert abs(figures["quoth_stage_seconds_sum", "search"] - 0.07) < 1e-9
    assert figures["quoth_stage_seconds_bucket", "0.25", "send"] == 1
    assert figures["quoth_stage_seconds_bucket", "0.1", "send"] == 0
    assert figures["quoth_stage_seconds_count", "read"] == 0
    assert figures["quoth_errors_total", "StoreUnusable"] == 1
    assert figures["quoth_refusals_total", "TooSoon"] == 1
    assert (figures["quoth_votes_total", "useful"], figures["quoth_votes_total", "not useful"]) == (0, 1)
    assert figures["quoth_gateway_reconnects_total", "resumed"] == 1


def test_the_state_is_that_of_the_moment() -> None:
    metrics, monitor, vitals = Metrics(), Monitor(), FixedVitals()
    metrics.watch(monitor)
    assert ("quoth_ready",) not in samples(metrics), "the bot is not set up yet"
    monitor.vitals = vitals
    figures = samples(metrics)
    assert figures[("quoth_ready",)] == 1
    assert figures[("quoth_questions_waiting",)] == 3
    assert (figures["quoth_gateway_open", "0"], figures["quoth_gateway_latency_seconds", "0"]) == (1, 0.04)
    assert ("quoth_gateway_latency_seconds", "1") not in figures, "no heartbeat was answered yet"
    built = figures["quoth_index_built_timestamp_seconds", "0123456789ab", "/srv/index"]
    assert built == HEALTHY.indexes[0].built_at.timestamp()
    assert figures[("process_resident_memory_bytes",)] > 1e6
    vitals.current = replace(HEALTHY, waiting=0, is_ready=False, connections=())
    figures = samples(metrics)
    assert (figures[("quoth_ready",)], figures[("quoth_questions_waiting",)]) == (0, 0)
    assert ("quoth_gateway_open", "0") not in figures


def test_two_sets_of_figures_share_nothing_with_each_other_or_the_process() -> None:
    first, second = Metrics(), Metrics()
    first.on_fault("ValueError")
    assert ("quoth_errors_total", "ValueError") not in samples(second)
    assert not [family for family in REGISTRY.collect() if family.name.startswith("quoth")]
