"""Requests have ids that follow their work; questions have their stages measured."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path

import pytest

from bot import request_id
from bot.answering.service import AnswerService
from bot.monitoring.monitor import (
    Monitor,
    Observer,
    QuestionRecord,
    note_fault,
    note_outcome,
    note_refusal,
    note_vote,
)
from retrieval.engine import Engine
from retrieval.stages import begin, measured
from tests.toy import build_toy, open_toy, write_corpus


class Notebook(Observer):
    """Notes down what it hears."""

    def __init__(self) -> None:
        self.records: list[QuestionRecord] = []
        self.heard: list[tuple[str, object]] = []

    def on_question(self, record: QuestionRecord) -> None:
        self.records.append(record)

    def on_fault(self, kind: str) -> None:
        self.heard.append(("fault", kind))

    def on_refusal(self, kind: str) -> None:
        self.heard.append(("refusal", kind))

    def on_vote(self, *, is_useful: bool) -> None:
        self.heard.append(("vote", is_useful))

    def on_reconnect(self, *, is_resumed: bool) -> None:
        self.heard.append(("reconnect", is_resumed))


def test_each_request_has_an_id_of_its_own() -> None:
    monitor = Monitor()
    assert request_id.current() is None
    ids = []
    for _ in range(2):
        with monitor.request():
            ids.append(request_id.current())
    assert request_id.current() is None
    assert all(re.fullmatch("[0-9a-f]{32}", str(id_)) for id_ in ids)
    assert ids[0] != ids[1]


def test_the_id_and_the_stages_follow_a_question_onto_the_services_thread(tmp_path: Path) -> None:
    build_toy(write_corpus(tmp_path / "corpus"), tmp_path / "index")
    seen: list[str | None] = []

    def look(engine: Engine) -> None:
        seen.append(request_id.current())

    async def play(notebook: Notebook) -> str | None:
        monitor = Monitor([notebook])
        async with AnswerService(tmp_path / "index", lambda: open_toy(tmp_path / "index")) as service:
            with monitor.request():
                with monitor.question():
                    await service.run(look)
                    await service.ask("Who closed the bridge in 2016?")
                    note_outcome("answered")
                return request_id.current()

    notebook = Notebook()
    id_ = asyncio.run(play(notebook))
    (record,) = notebook.records
    assert seen == [id_] == [record.request]
    assert [interval.stage for interval in record.stages] == ["queue", "encode", "search"]
    assert record.outcome == "answered"
    ends = [record.began, *(time for interval in record.stages for time in (interval.began, interval.ended))]
    assert sorted([*ends, record.ended])[0 :: len(ends)] == [record.began, record.ended]


def test_questions_at_the_same_time_have_their_own_stages() -> None:
    notebook = Notebook()
    monitor = Monitor([notebook])

    async def answer(stage: str, mine: asyncio.Event, others: asyncio.Event) -> None:
        with monitor.request(), monitor.question(), measured(stage):  # type: ignore[arg-type]
            mine.set()
            await others.wait()

    async def play() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        await asyncio.gather(answer("encode", first, second), answer("send", second, first))

    asyncio.run(play())
    stages = sorted([interval.stage for interval in record.stages] for record in notebook.records)
    assert stages == [["encode"], ["send"]]
    assert len({record.request for record in notebook.records}) == 2


def test_a_question_that_fails_has_the_kind_of_its_error_and_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    notebook = Notebook()
    caplog.set_level(logging.INFO)
    monitor = Monitor([notebook])
    with pytest.raises(ValueError, match="its words"), monitor.question(), measured("prove"):
        raise ValueError("its words")
    (record,) = notebook.records
    assert (record.outcome, record.error) == ("failed", "ValueError")
    (line,) = caplog.messages
    assert re.fullmatch(r"a question is done \(failed: ValueError\) in \d+\.\d{3} s: prove \d+\.\d{3}", line)


def test_what_is_noted_reaches_the_observers_of_the_request_at_hand() -> None:
    notebook = Notebook()
    monitor = Monitor([notebook])

    def note() -> None:
        note_fault(ValueError("secret"))
        note_refusal(KeyError("secret"))
        note_vote(is_useful=True)

    note()
    note_outcome("answered")
    assert notebook.heard == []
    with monitor.request():
        note()
    monitor.reconnected(is_resumed=False)
    assert notebook.heard == [("fault", "ValueError"), ("refusal", "KeyError"), ("vote", True), ("reconnect", False)]


def test_an_observer_that_fails_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Observer):
        def on_question(self, record: QuestionRecord) -> None:
            raise OSError("no space left")

    notebook = Notebook()
    with Monitor([Broken(), notebook]).question():
        note_outcome("answered")
    assert [record.outcome for record in notebook.records] == ["answered"]
    assert "what happened could not be counted" in caplog.messages


def test_stages_that_nobody_measures_are_nothing() -> None:
    begin("queue")()
    with measured("read"):
        pass
