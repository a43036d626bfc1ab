"""A Ray cluster as the workers of a build."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn

from retrieval.articles.corpus import unreadable, with_data
from retrieval.articles.jsonl import FileChangedError
from retrieval.cluster.dispatch import DEATHS, Crew, Dispatch
from retrieval.cluster.likeness import PROCESSOR, traits
from retrieval.cluster.worker import EncodingWorker, Readings, ReadingWorker
from retrieval.encoding.encoder import Floats
from retrieval.errors import ClusterLost
from retrieval.index.encoded import EncodedPassage, PassageText, batches
from retrieval.index.gathering import Task
from retrieval.index.readers import UnforeseenError
from retrieval.index.reading import Reader, failed_reading
from retrieval.index.workers import LoadElsewhere

UNITS, BYTES = 16, 2**20
"""Units, and bytes of their files, from which on they are sent to a worker."""
PASSAGES, PASSAGES_ON_GPU = 128, 1024
"""Passages that are sent to a worker at a time: seconds of work, which is what is lost with a worker."""
LOST = "was not read: its reading was ended from outside"
_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class RayCluster:
    """A cluster that this process is connected to; raises WorkerDiffers, WorkerFault and ClusterLost as it works."""

    address: str
    processors: int
    cards: int
    """Those that can encode: on their machines is all that this takes."""
    is_reachable: Callable[[], bool]
    """Whether it answers."""

    def read(self, reader: Reader, tasks: Iterator[Task]) -> Iterator[tuple[Task, bytes]]:
        """Read and split units, and yield their readings as they are ready.

        Files are sent as their bytes: no folder has to be shared, and what is read is what this machine has scanned.
        """
        import ray

        unread: deque[tuple[Task, bytes]] = deque()
        suspects: list[Task] = []
        shared = ray.put(reader)
        crew = self._crew(
            partial(_start, ReadingWorker, {"num_cpus": 1}, shared), self.processors, with_processor=False
        )
        with Dispatch(crew, partial(_suspect, suspects=suspects)) as dispatch:
            for work, result in dispatch.run(_batches(tasks, unread), in_order=False):
                while unread:
                    yield unread.popleft()
                yield from _taken(work, result)
        yield from unread
        with Dispatch(crew, _failed) as dispatch:
            for work, result in dispatch.run(((task,) for task in suspects), in_order=False):
                yield from _taken(work, result)

    def encode(
        self, load: LoadElsewhere, centre: Floats, passages: Iterator[PassageText]
    ) -> Iterator[tuple[PassageText, EncodedPassage]]:
        """Encode passages, and yield them in order."""
        on_gpu = load.uses_torch and self.cards > 0
        needs = {"num_cpus": 1, **({"num_gpus": 1} if on_gpu else {})}
        start = partial(_start, EncodingWorker, needs, load, centre)
        crew = self._crew(start, self.cards if on_gpu else self.processors, with_processor=not on_gpu)
        size = PASSAGES_ON_GPU if load.uses_torch else PASSAGES
        with Dispatch[list[PassageText]](crew, self._never_encoded) as dispatch:
            for batch, result in dispatch.run(batches(passages, size), in_order=True):
                yield from zip(batch, (EncodedPassage.parse(raw, len(centre)) for raw in result), strict=True)

    def _crew(self, start: Callable[[], Any], size: int, *, with_processor: bool) -> Crew:
        ours = {name: value for name, value in traits().items() if with_processor or name != PROCESSOR}
        return Crew(start, size, ours, self.is_reachable, self.address)

    def _never_encoded(self, batch: Sequence[PassageText]) -> NoReturn:
        raise ClusterLost(self.address, f"{DEATHS} of its workers ended over the same {len(batch)} passages")


def _start(kind: type, needs: Mapping[str, int], *arguments: Any) -> Any:
    """Start a worker; one that is lost is replaced by us, as one of Ray's own might wait for its machine for ever."""
    import ray

    return ray.remote(kind).options(max_restarts=0, **needs).remote(*arguments)


def _batches(tasks: Iterator[Task], unread: deque[tuple[Task, bytes]]) -> Iterator[tuple[Task, ...]]:
    """Yield units with the bytes of their files, some at a time; those whose files cannot be read are `unread`."""
    batch, size = list[Task](), 0
    for task in tasks:
        try:
            unit = with_data(task.unit)
        except (OSError, FileChangedError) as error:
            unread.append((task, failed_reading(task.unit, unreadable(task.unit.source, error).reason)))
            continue
        batch.append(replace(task, unit=unit))
        size += len(unit.data or unit.lines)
        if len(batch) == UNITS or size >= BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def _taken(work: Sequence[Task], result: Readings) -> Iterator[tuple[Task, bytes]]:
    """Yield the readings of some units, and log what their worker has logged."""
    for logged in result.logged:
        _LOG.error(logged.message, exc_info=UnforeseenError(f"on a worker\n{logged.trace}"))
    if result.readings:
        yield from zip(work, result.readings, strict=True)


def _suspect(work: Sequence[Task], suspects: list[Task]) -> Readings:
    """Put units over which workers were lost aside, to be read one by one."""
    suspects.extend(work)
    return Readings(())


def _failed(work: Sequence[Task]) -> Readings:
    return Readings([failed_reading(task.unit, LOST) for task in work])
