"""Gives work to the workers of a cluster: never more at a time than they have room for, and again if one is lost."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from retrieval.cluster.likeness import ABSENT, OWN, check_alike
from retrieval.cluster.worker import Fault, Introduction
from retrieval.errors import ClusterLost, WorkerDiffers, WorkerFault

Work = TypeVar("Work")

AHEAD = 2
"""Pieces of work that a worker has at a time, so that it never waits for the next one."""
WINDOW = 4
"""Pieces of work, for each worker, that may be under way or wait for an earlier one to be ready."""
LOOKED = 1.0
"""Seconds after which the cluster is looked after when no work came back."""
NO_WORKER = 60.0
"""Seconds without any worker after which a cluster counts as lost."""
_NOT_IMPORTED = ("failed to import", "No module named")
"""What Ray says where a worker's class is not there."""
DEATHS = 3
"""Workers that may be lost over one piece of work."""


@dataclass(frozen=True, slots=True)
class Crew:
    """What a dispatch has to know of its workers."""

    start: Callable[[], Any]
    """Starts a worker: an actor of ReadingWorker or EncodingWorker."""
    size: int
    ours: Mapping[str, str]
    """The traits that each machine must have."""
    is_reachable: Callable[[], bool]
    """Whether the cluster answers."""
    address: str


@dataclass(slots=True, eq=False)
class _Piece(Generic[Work]):
    number: int
    work: Work
    deaths: int = 0


@dataclass(slots=True, eq=False)
class _Worker(Generic[Work]):
    actor: Any
    pieces: dict[Any, _Piece[Work]] = field(default_factory=dict)
    """Those it has now, by their references; it is at the first of them."""
    is_ready: bool = False


@dataclass(slots=True)
class Dispatch(Generic[Work]):
    """Has work done by a crew; leaving the context ends its workers."""

    crew: Crew
    give_up: Callable[[Work], Any]
    """Gives the result of work over which too many workers were lost, or raises."""
    _workers: list[_Worker[Work]] = field(default_factory=list)
    _running: dict[Any, _Worker[Work]] = field(default_factory=dict)
    """By its reference, who is at what is under way."""
    _again: deque[_Piece[Work]] = field(default_factory=deque)
    _alive_at: float = field(default_factory=time.monotonic)
    _begun: int = 0
    """How many pieces were begun so far."""
    _stillborn: int = 0
    """How many workers were lost before they were ready."""

    def __enter__(self) -> Dispatch[Work]:
        return self

    def __exit__(self, *_: object) -> None:
        if self.crew.is_reachable():  # or else Ray would wait for it
            for worker in self._workers:
                end(worker.actor)

    def run(self, source: Iterator[Work], *, in_order: bool) -> Iterator[tuple[Work, Any]]:
        """Yield each piece of work with its result, as they are ready or in the order of the source.

        Raises WorkerDiffers, ClusterLost, and what a worker raises.
        """
        results: dict[int, tuple[Work, Any]] = {}
        numbered = (_Piece(number, work) for number, work in enumerate(source))
        if (first := next(numbered, None)) is None:
            return
        self._again.append(first)
        for _ in range(self.crew.size):
            self._start()
        following = 0
        is_over = False
        while True:
            while (self._again or not is_over) and (worker := self._free(following if in_order else None)) is not None:
                piece = self._again.popleft() if self._again else next(numbered, None)
                if piece is None:
                    is_over = True
                else:
                    self._give(worker, piece)
            if is_over and not self._again and not any(worker.pieces for worker in self._workers):
                return
            for piece, result in self._finished():
                if in_order:
                    results[piece.number] = piece.work, result
                else:
                    yield piece.work, result
            while following in results:
                yield results.pop(following)
                following += 1

    def _start(self) -> None:
        worker = _Worker[Work](self.crew.start())
        self._workers.append(worker)
        self._running[worker.actor.introduce.remote()] = worker

    def _free(self, awaited: int | None) -> _Worker[Work] | None:
        """Return the worker with the least to do, if it has room; None where too much waits for the `awaited` piece."""
        if awaited is not None and not self._again and self._begun - awaited >= WINDOW * len(self._workers):
            return None
        free = [worker for worker in self._workers if worker.is_ready and len(worker.pieces) < AHEAD]
        return min(free, key=lambda worker: len(worker.pieces), default=None)

    def _give(self, worker: _Worker[Work], piece: _Piece[Work]) -> None:
        self._begun = max(self._begun, piece.number + 1)
        reference = worker.actor.work.remote(piece.work)
        worker.pieces[reference] = piece
        self._running[reference] = worker

    def _finished(self) -> Iterator[tuple[_Piece[Work], Any]]:
        """Yield the pieces that are ready with their results, after waiting for one a while."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        try:
            references, _ = ray.wait(list(self._running), num_returns=1, timeout=LOOKED)
        except (ConnectionError, RayError) as error:
            raise ClusterLost(self.crew.address, "the connection to it broke") from error
        if not references:
            self._look_after()
        for reference in references:
            worker = self._running[reference]
            try:
                result = ray.get(reference)
            except RayTaskError as error:
                if worker.is_ready:
                    raise
                raise WorkerDiffers("", OWN, ABSENT, self.crew.ours[OWN]) from error  # its class is not there
            except (ConnectionError, RayError) as error:
                yield from self._lose(worker, error)
                continue
            del self._running[reference]
            self._alive_at = time.monotonic()
            if isinstance(result, Fault):
                raise WorkerFault(result.node, result.sentence)
            if isinstance(result, Introduction):
                check_alike(result.node, result.traits, self.crew.ours)
                worker.is_ready = True
            else:
                yield worker.pieces.pop(reference), result

    def _lose(self, worker: _Worker[Work], error: Exception) -> Iterator[tuple[_Piece[Work], Any]]:
        """Replace a worker that is lost, and have its work done again by any other.

        The piece that it was at may be to blame; once too many workers were lost over one, it is given up.
        """
        self._check_reachable()
        self._workers.remove(worker)
        end(worker.actor)
        for reference in [each for each, owner in self._running.items() if owner is worker]:
            del self._running[reference]
        if not worker.is_ready:
            if any(sign in str(error) for sign in _NOT_IMPORTED):
                raise WorkerDiffers("", OWN, ABSENT, self.crew.ours[OWN]) from error
            self._stillborn += 1
            if self._stillborn > DEATHS * self.crew.size:
                raise ClusterLost(self.crew.address, f"its workers end as they begin: {_last_line(error)}") from error
        at_work, *others = worker.pieces.values() or [None]
        self._again.extend(piece for piece in others if piece is not None)
        if at_work is not None:
            at_work.deaths += 1
            if at_work.deaths < DEATHS:
                self._again.append(at_work)
            else:
                yield at_work, self.give_up(at_work.work)
        self._start()

    def _look_after(self) -> None:
        """Raise ClusterLost where the cluster does not answer, or has had no worker for too long."""
        now = time.monotonic()
        if any(worker.is_ready for worker in self._workers):
            self._alive_at = now
        self._check_reachable()
        if now - self._alive_at > NO_WORKER:
            raise ClusterLost(self.crew.address, f"it has had no free processor for {NO_WORKER:.0f} s")

    def _check_reachable(self) -> None:
        if not self.crew.is_reachable():
            raise ClusterLost(self.crew.address, "it does not answer any more")


def _last_line(error: Exception) -> str:
    """Return the line of an error of Ray's that says what happened, behind where it did."""
    lines = str(error).split("\n")
    return next((line.strip().rstrip(".")[:200] for line in reversed(lines) if line.strip()), type(error).__name__)


def end(actor: Any) -> None:
    """End a worker, if it is still there."""
    import ray

    with suppress(Exception):  # a cluster that is gone has none to end
        ray.kill(actor)
