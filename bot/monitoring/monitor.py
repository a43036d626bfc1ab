"""What becomes of each request and question, told to those who count.

The request at hand is kept in a context variable, which follows its work through tasks and onto other threads.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from bot import request_id
from bot.monitoring.vitals import Vitals
from retrieval.stages import End, Stage, measured_by

log = logging.getLogger(__name__)

Outcome = Literal["answered", "abstained", "silent", "dropped", "failed"]
"""What became of a question: of a "silent" abstention nobody is told, and for one that is "dropped" nobody waits."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A stage that a question went through; one may come more than once."""

    stage: Stage
    began: int
    """In nanoseconds of the Unix epoch, as `ended`."""
    ended: int

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.began) / 1e9


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """A question that is done with; its words are not in it, nor who asked."""

    request: str
    """The id of its request, 32 hexadecimal digits."""
    began: int
    """When its request came in, in nanoseconds of the Unix epoch."""
    ended: int
    outcome: Outcome
    error: str | None
    """The name of the error's class where it failed."""
    stages: tuple[Interval, ...]

    @property
    def seconds(self) -> float:
        """How long it took from its arrival to its end."""
        return (self.ended - self.began) / 1e9


class Observer:
    """Hears what happens; whatever it does not override, it ignores."""

    def on_question(self, record: QuestionRecord) -> None:
        """Hear that a question is done with."""

    def on_fault(self, kind: str) -> None:
        """Hear of an error that is not the user's mistake, by the name of its class."""

    def on_refusal(self, kind: str) -> None:
        """Hear of a request that was refused, by the name of the error's class."""

    def on_vote(self, *, is_useful: bool) -> None:
        """Hear that an answer was voted on."""

    def on_reconnect(self, *, is_resumed: bool) -> None:
        """Hear that a connection to Discord was opened again."""


class Monitor:
    """Tells observers what happens to requests."""

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self.observers = tuple(observers)
        self.vitals: Vitals | None = None
        """The bot's own state; None until it is set up."""

    @contextmanager
    def request(self) -> Iterator[None]:
        """Give what is done within an id of its own."""
        request = _Request(self)
        token = _request.set(request)
        try:
            with request_id.identified(request.id):
                yield
        finally:
            _request.reset(token)

    @contextmanager
    def question(self) -> Iterator[None]:
        """Measure how the question of the current request is answered within, and tell what became of it."""
        request = _request.get() or _Request(self)
        question = _Question(request)
        token = _question.set(question)
        try:
            with measured_by(question.begin):
                yield
        except Exception as error:
            question.outcome, question.error = "failed", type(error).__name__
            raise
        finally:
            _question.reset(token)
            record = question.record()
            log.info("%s", _summary(record))
            _tell(self.observers, lambda observer: observer.on_question(record))

    def failed(self, error: BaseException | None) -> None:
        """Note an error that nobody is told of."""
        _tell(self.observers, lambda observer: observer.on_fault(type(error).__name__))

    def reconnected(self, *, is_resumed: bool) -> None:
        """Note that a connection to Discord was opened again."""
        _tell(self.observers, lambda observer: observer.on_reconnect(is_resumed=is_resumed))


class _Request:
    """Something that a person did which the bot acts on."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor, self.id = monitor, request_id.new()
        self.clock = _Clock()
        self.began = self.clock.now()


class _Clock:
    """The time of day as it was at first, gone on evenly since, whoever sets the system's clock."""

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.perf_counter_ns()

    def now(self) -> int:
        return self._offset + time.perf_counter_ns()


class _Question:
    """A question that is being answered."""

    def __init__(self, request: _Request) -> None:
        self._request = request
        self._stages: list[Interval] = []
        self.outcome: Outcome = "dropped"
        self.error: str | None = None

    def begin(self, stage: Stage) -> End:
        clock, stages = self._request.clock, self._stages
        began = clock.now()

        def end() -> None:
            stages.append(Interval(stage, began, clock.now()))

        return end

    def record(self) -> QuestionRecord:
        request = self._request
        stages = tuple(self._stages)
        return QuestionRecord(request.id, request.began, request.clock.now(), self.outcome, self.error, stages)


_request: ContextVar[_Request | None] = ContextVar("request", default=None)
_question: ContextVar[_Question | None] = ContextVar("question", default=None)


def note_outcome(outcome: Outcome) -> None:
    """Note what became of the question that is being answered."""
    question = _question.get()
    if question is not None:
        question.outcome = outcome


def note_fault(error: Exception) -> None:
    """Note an error that is not the user's mistake."""
    _tell(_observers(), lambda observer: observer.on_fault(type(error).__name__))


def note_refusal(error: Exception) -> None:
    """Note that a request was refused."""
    _tell(_observers(), lambda observer: observer.on_refusal(type(error).__name__))


def note_vote(*, is_useful: bool) -> None:
    """Note that an answer was voted on."""
    _tell(_observers(), lambda observer: observer.on_vote(is_useful=is_useful))


def _observers() -> Sequence[Observer]:
    request = _request.get()
    return request.monitor.observers if request is not None else ()


def _tell(observers: Sequence[Observer], hear: Callable[[Observer], None]) -> None:
    """Tell each observer; one that fails is no fault of what it watches."""
    for observer in observers:
        try:
            hear(observer)
        except Exception:
            log.exception("what happened could not be counted")


def _summary(record: QuestionRecord) -> str:
    """Return a line on a question that is done with, with the time of each of its stages in all."""
    seconds: dict[Stage, float] = {}
    for interval in record.stages:
        seconds[interval.stage] = seconds.get(interval.stage, 0.0) + interval.seconds
    outcome = f"{record.outcome}: {record.error}" if record.error else record.outcome
    stages = ", ".join(f"{stage} {spent:.3f}" for stage, spent in seconds.items())
    return f"a question is done ({outcome}) in {record.seconds:.3f} s" + (f": {stages}" if stages else "")
