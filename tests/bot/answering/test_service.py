"""The answer service: shared and cached answers, its bounds, new generations, its end."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from math import log
from pathlib import Path
from typing import Any, cast

import pytest

from bot.answering.service import AnswerService, Busy, Closing, ServiceSettings
from bot.errors import worded
from retrieval.answering import calibration as calibrations
from retrieval.answering.calibration import Calibration, Rate
from retrieval.answering.confidence import FEATURES, ConfidenceModel
from retrieval.engine import Engine
from retrieval.errors import IndexDamaged, IndexNotFound, QuestionInvalid
from retrieval.fingerprint import Fingerprint
from retrieval.index.generation import Generation
from retrieval.records import Answer, Filter, Turn
from retrieval.remedies import BuildIndex
from retrieval.settings import AnswerSettings
from tests.toy import SPEC, ToyEncoder, build_toy, open_toy, write_corpus

PATIENCE = 20.0  # seconds after which a test that hangs is given up


class FakeEngine:
    """Speaks the engine's interface; answers when it is let, and remembers what it was asked."""

    def __init__(self, fingerprint: str = "first") -> None:
        self.fingerprint = fingerprint
        self.generation = object()
        self.asked: list[tuple[str, tuple[Turn, ...], int | None, bool, Filter | None]] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.go.set()
        self.fault: Exception | None = None

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top: int | None = None,
        show_weak: bool = False,
        within: Filter | None = None,
    ) -> Answer:
        self.asked.append((question, tuple(history), top, show_weak, within))
        self.begun.set()
        assert self.go.wait(PATIENCE)
        if self.fault is not None:
            raise self.fault
        return Answer(question, True, 0.9, (), (), self.fingerprint, 1.0)


@pytest.fixture
def engine() -> FakeEngine:
    """A fake engine."""
    return FakeEngine()


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index folder with nothing but the pointer that the service watches."""
    (tmp_path / "CURRENT").write_text("1")
    return tmp_path


def serve(engine: FakeEngine, index: Path, **bounds: int) -> AnswerService:
    """A service over a fake engine."""
    return AnswerService(index, lambda: cast(Engine, engine), ServiceSettings(**bounds))


def play(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scene to its end, within the time a test may take."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await scene()

    asyncio.run(bounded())


async def happened(event: threading.Event) -> None:
    """Wait for the service's thread without stopping the loop."""
    assert await asyncio.to_thread(event.wait, PATIENCE)


def test_equal_questions_in_flight_share_one_search(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index) as service:
            engine.go.clear()
            asking = [asyncio.create_task(service.ask(question)) for question in ("Who?", " Who? ", "Who?")]
            await happened(engine.begun)
            assert service.waiting == 1
            engine.go.set()
            first, *others = await asyncio.gather(*asking)
            assert all(other is first for other in others)
        assert service.waiting == 0

    play(scene)
    assert [call[0] for call in engine.asked] == ["Who?"]


def test_another_history_number_wish_or_filter_is_another_question(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index) as service:
            await asyncio.gather(
                service.ask("Who?"),
                service.ask("Who?", [Turn("When?")]),
                service.ask("Who?", [Turn("When?", ("In 1911.",))]),
                service.ask("Who?", top=1),
                service.ask("Who?", show_weak=True),
                service.ask("Who?", within=Filter(tag="x")),
                service.ask("Who?", within=Filter(tag="x")),
            )

    play(scene)
    assert engine.asked == [
        ("Who?", (), None, False, None),
        ("Who?", (Turn("When?"),), None, False, None),
        ("Who?", (Turn("When?", ("In 1911.",)),), None, False, None),
        ("Who?", (), 1, False, None),
        ("Who?", (), None, True, None),
        ("Who?", (), None, False, Filter(tag="x")),
    ]


def test_one_who_gives_up_leaves_the_answer_to_the_others(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index) as service:
            engine.go.clear()
            gone, stays = (asyncio.create_task(service.ask("Who?")) for _ in range(2))
            await happened(engine.begun)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            engine.go.set()
            assert (await stays).question == "Who?"

    play(scene)
    assert len(engine.asked) == 1


def test_an_answer_that_nobody_waits_for_is_still_kept(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index) as service:
            engine.go.clear()
            gone = asyncio.create_task(service.ask("Who?"))
            await happened(engine.begun)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            engine.go.set()
            await service.ask("Who?")

    play(scene)
    assert len(engine.asked) == 1


def test_answers_are_kept_and_the_oldest_goes_first(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index, cached=2) as service:
            for question in ("a", "b", "a", "c", "a", "b"):
                await service.ask(question)

    play(scene)
    assert [call[0] for call in engine.asked] == ["a", "b", "c", "b"]


def test_a_failure_is_told_to_all_who_asked_and_never_kept(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index) as service:
            engine.fault = QuestionInvalid("is too hard", "ask an easier one")
            engine.go.clear()
            asking = [asyncio.create_task(service.ask("Who?")) for _ in range(2)]
            await happened(engine.begun)
            engine.go.set()
            errors = await asyncio.gather(*asking, return_exceptions=True)
            assert [str(error) for error in errors] == ["The question is too hard: ask an easier one."] * 2
            engine.fault = None
            assert (await service.ask("Who?")).answered

    play(scene)
    assert len(engine.asked) == 2


def test_more_than_the_bound_is_told_to_come_back(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index, waiting=2) as service:
            engine.go.clear()
            asking = [asyncio.create_task(service.ask(question)) for question in ("a", "b")]
            await happened(engine.begun)
            with pytest.raises(Busy, match=r"^2 questions are waiting already: ask again in a moment\.$"):
                await service.ask("c")
            with pytest.raises(Busy):
                await service.run(lambda engine: 1)
            shared = asyncio.create_task(service.ask("a"))  # no work of its own, so it may wait
            engine.go.set()
            await asyncio.gather(*asking, shared)
            assert (await service.ask("c")).answered
            assert service.waiting == 0

    play(scene)


def test_the_loop_goes_on_while_the_engine_works(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index) as service:
            engine.go.clear()
            asking = asyncio.create_task(service.ask("Who?"))
            await happened(engine.begun)
            ticks = 0
            while ticks < 1000:
                await asyncio.sleep(0)
                ticks += 1
            assert not asking.done()
            engine.go.set()
            await asking

    play(scene)


def test_other_work_runs_on_the_thread_of_the_engine(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index) as service:
            name, same_engine = await service.run(lambda engine: (threading.current_thread().name, engine))
            assert name.startswith("answers")
            assert same_engine is cast(Engine, engine)
            with pytest.raises(QuestionInvalid):
                await service.run(lambda engine: refuse())
            assert service.waiting == 0

    def refuse() -> None:
        raise QuestionInvalid("is empty", "ask something")

    play(scene)


def test_closing_finishes_what_is_in_flight_and_takes_no_more(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        service = await serve(engine, index).__aenter__()
        engine.go.clear()
        asking = [asyncio.create_task(service.ask(question)) for question in ("a", "b")]
        work = asyncio.create_task(service.run(lambda engine: "done"))
        await happened(engine.begun)
        closing = asyncio.create_task(service.close())
        await asyncio.sleep(0)
        for refused in (service.ask("c"), service.run(lambda engine: 1)):
            with pytest.raises(Closing, match="shutting down"):
                await refused
        engine.go.set()
        await closing
        assert [answer.question for answer in await asyncio.gather(*asking)] == ["a", "b"]
        assert await work == "done"

    play(scene)


def test_an_index_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    def opening() -> Engine:
        raise IndexNotFound(tmp_path)

    async def scene() -> None:
        with pytest.raises(IndexNotFound):
            async with AnswerService(tmp_path, opening):
                pass

    others = set(threading.enumerate())
    play(scene)
    for thread in set(threading.enumerate()) - others:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_pointer_that_cannot_be_read_for_a_moment_changes_nothing(engine: FakeEngine, index: Path) -> None:
    async def scene() -> None:
        async with serve(engine, index) as service:
            (index / "CURRENT").unlink()
            assert (await service.ask("Who?")).fingerprint == "first"

    play(scene)


AGAIN = BuildIndex(Path("index"), None)


@pytest.mark.parametrize("fault", [IndexDamaged(Path("passages.npy"), "it is cut", AGAIN), ValueError("odd")])
def test_a_new_generation_that_cannot_be_opened_leaves_the_old_one_answering(
    engine: FakeEngine, index: Path, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    ready: list[FakeEngine | Exception] = [engine, fault, FakeEngine("third")]

    def opening() -> Engine:
        following = ready.pop(0)
        if isinstance(following, Exception):
            raise following
        return cast(Engine, following)

    async def scene() -> None:
        async with AnswerService(index, opening) as service:
            publish(index, "2")
            for _ in range(2):
                assert (await service.ask("Who?")).fingerprint == "first"
            publish(index, "3")
            assert (await service.ask("Who?")).fingerprint == "third"

    with caplog.at_level(logging.ERROR):
        play(scene)
    assert [record.getMessage() for record in caplog.records] == [
        f"the changed index cannot be opened, the former one answers: {worded(fault)}"
    ]
    assert len(engine.asked) == 1


def publish(index: Path, content: str) -> None:
    """Replace the pointer as a build does."""
    (index / "CURRENT.new").write_text(content)
    (index / "CURRENT.new").replace(index / "CURRENT")


def test_a_new_generation_takes_over_without_a_question_lost(tmp_path: Path) -> None:
    corpus, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    build_toy(corpus, index)
    replaced: list[tuple[str, str]] = []
    begun, go = threading.Event(), threading.Event()

    def hold(engine: Engine) -> str:
        begun.set()
        assert go.wait(PATIENCE)
        return engine.fingerprint

    def on_replaced(before: Generation, after: Generation) -> None:
        replaced.append((before.manifest.fingerprint, after.manifest.fingerprint))

    async def scene() -> None:
        async with AnswerService(index, lambda: open_toy(index)) as service:
            service.on_new_generation = on_replaced
            old, question = service.fingerprint, "Who plays the organ?"
            assert Fingerprint.parse((await service.ask(question)).fingerprint).index == old
            task = asyncio.create_task(service.run(hold))
            await happened(begun)
            asking = [asyncio.create_task(service.ask(f"{question} {number}")) for number in range(5)]
            (corpus / "organ.txt").write_text("Nobody but Lena Voss plays the organ of Velmora on feast days.\n")
            await asyncio.to_thread(build_toy, corpus, index)
            go.set()
            answers = await asyncio.gather(*asking)
            assert await task == old  # what had begun ended on the generation it began with
            assert {Fingerprint.parse(answer.fingerprint).index for answer in answers} == {service.fingerprint}
            assert service.fingerprint != old
            assert replaced == [(old, service.fingerprint)]
            assert (await service.ask(question)).quotes[0].citation.article == "organ"

    play(scene)


def calibrated(probability: float, threshold: float) -> Calibration:
    """One by which every question has about the same confidence."""
    share = Rate(0.1, 0.05, 0.2, 50)
    return Calibration(
        model=ConfidenceModel(log(probability / (1 - probability)), (0.0,) * len(FEATURES)),
        threshold=threshold,
        features=tuple(FEATURES),
        encoder=SPEC,
        fingerprint="0123456789ab",
        gold="gold.jsonl",
        gold_sha256="f" * 64,
        answerable=50,
        unanswerable=50,
        max_false_answers=0.05,
        false_answers=share,
        false_refusals=share,
        auroc=0.9,
        folds=5,
        version="0.1.0",
        made="2025-01-31T12:00:00+00:00",
    )


def test_a_calibration_is_taken_up_replaced_and_given_up_while_it_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index, opened, replaced = tmp_path / "index", list[Engine](), list[Generation]()
    build_toy(write_corpus(tmp_path / "articles"), index)

    def opening() -> Engine:
        generation = Generation.current(index)
        opened.append(Engine(generation, ToyEncoder(), AnswerSettings(), calibrations.read(index)))
        return opened[-1]

    async def ask(service: AnswerService) -> tuple[bool, float]:
        answer = await service.ask("Who plays the organ?")
        assert await service.ask("Who plays the organ?") is answer
        return answer.answered, answer.confidence

    async def scene() -> None:
        async with AnswerService(index, opening) as service:
            service.on_new_generation = lambda before, after: replaced.append(after)
            built_in = await ask(service)
            for probability, threshold in ((0.6, 0.5), (0.6, 0.7), (0.8, 0.7)):
                calibrations.write(index, calibrated(probability, threshold))
                assert await ask(service) == (probability >= threshold, probability)
            calibrations.remove(index)
            assert await ask(service) == built_in
            (index / calibrations.FILE).write_text('{\n "format": 2,\n "model": {')
            assert await ask(service) == built_in
            calibrations.write(index, calibrated(0.9, 0.5))
            assert await ask(service) == (True, 0.9)

    with caplog.at_level(logging.ERROR):
        play(scene)
    assert len(opened) == 6, "once for each calibration that could be read, and for none"
    assert replaced == [], "no generation changed"
    notices = [record.getMessage() for record in caplog.records if record.name == "bot.answering.service"]
    assert notices == [
        f"the changed index cannot be opened, the former one answers: The calibration {index / calibrations.FILE} "
        f"is damaged (it is not a calibration): remove it with `quoth calibrate --reset --index {index}`, "
        "and calibrate again."
    ]
