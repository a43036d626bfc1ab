"""Work that is given to workers which are lost, differ or cannot work; Ray itself is played by a fake."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from retrieval.cluster import dispatch
from retrieval.cluster.dispatch import AHEAD, WINDOW, Crew, Dispatch
from retrieval.cluster.likeness import OWN
from retrieval.cluster.worker import Fault, Introduction
from retrieval.errors import ClusterLost, WorkerDiffers, WorkerFault

OURS = {OWN: "0.1.0", "numpy": "2.0"}


class RayError(Exception):
    pass


class RayTaskError(RayError):
    pass


@dataclass(eq=False)
class Actor:
    """Does its work in order, one piece whenever it is waited for; "die" ends it."""

    traits: dict[str, str]
    calls: deque[tuple[object, Any]] = field(default_factory=deque)
    is_dead: bool = False

    @property
    def introduce(self) -> Any:
        return _Method(self, Introduction("node-2", self.traits))

    @property
    def work(self) -> Any:
        return _Method(self, None)


@dataclass
class _Method:
    actor: Actor
    answer: Any

    def remote(self, *arguments: Any) -> object:
        reference = object()
        self.actor.calls.append((reference, self.answer or arguments[0]))
        return reference


class FakeRay(ModuleType):
    """What of Ray a dispatch calls. The newest actor is the fastest, so that work comes back out of order."""

    def __init__(self, crashes_at_start: bool = False) -> None:
        super().__init__("ray")
        self.exceptions = ModuleType("ray.exceptions")
        vars(self.exceptions).update(RayError=RayError, RayTaskError=RayTaskError)
        self.actors: list[Actor] = []
        self.outcomes: dict[object, Any] = {}
        self.crashes_at_start, self.is_idle, self.is_broken = crashes_at_start, False, False
        self.most_at_once = 0
        self.killed: list[Actor] = []

    def wait(self, references: Sequence[object], num_returns: int, timeout: float) -> tuple[list[object], list[object]]:
        if self.is_broken:
            raise ConnectionError
        if self.is_idle:
            return [], list(references)
        self.most_at_once = max(self.most_at_once, *(len(actor.calls) for actor in self.actors))
        for actor in reversed(self.actors):
            if actor.calls and not actor.is_dead:
                self._call(actor)
                break
        return [next(reference for reference in references if reference in self.outcomes)], []

    def get(self, reference: object) -> Any:
        outcome = self.outcomes.pop(reference)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def kill(self, actor: Actor) -> None:
        self.killed.append(actor)

    def _call(self, actor: Actor) -> None:
        reference, call = actor.calls.popleft()
        actor.is_dead = call == "die" or (self.crashes_at_start and isinstance(call, Introduction))
        self.outcomes[reference] = RayError("it is dead") if actor.is_dead else call
        if actor.is_dead:
            self.outcomes.update((later, RayError("it is dead")) for later, _ in actor.calls)
            actor.calls.clear()


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    fake = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setitem(sys.modules, "ray.exceptions", fake.exceptions)
    return fake


def crew(ray: FakeRay, traits: dict[str, str] | None = None, *, is_reachable: bool = True) -> Crew:
    def start() -> Actor:
        ray.actors.append(Actor(OURS if traits is None else traits))
        return ray.actors[-1]

    return Crew(start, 2, OURS, lambda: is_reachable, "head:6379")


def results(ray: FakeRay, works: Sequence[Any], *, in_order: bool = True, **options: Any) -> list[Any]:
    with Dispatch[Any](crew(ray, **options), lambda work: f"gave up {work}") as running:
        return [result for _, result in running.run(iter(works), in_order=in_order)]


def test_results_come_in_the_order_of_the_work_if_that_is_asked_for(ray: FakeRay) -> None:
    works = [f"piece {number}" for number in range(40)]
    assert results(ray, works) == works
    assert sorted(results(ray, works, in_order=False)) == sorted(works)
    assert ray.most_at_once == AHEAD


def test_its_workers_are_ended_in_the_end(ray: FakeRay) -> None:
    results(ray, ["piece"])
    assert ray.killed == ray.actors
    assert len(ray.actors) == 2


def test_no_work_starts_no_worker(ray: FakeRay) -> None:
    assert results(ray, []) == []
    assert ray.actors == []


def test_no_more_work_is_begun_than_may_wait_for_an_earlier_piece(ray: FakeRay) -> None:
    begun = 0

    def works() -> Iterator[str]:
        nonlocal begun
        for number in range(100):
            begun += 1
            yield f"piece {number}"

    with Dispatch[str](crew(ray), lambda work: None) as running:
        for count, _ in enumerate(running.run(works(), in_order=True)):
            assert begun <= count + 1 + 2 * WINDOW


def test_work_over_which_workers_are_lost_is_given_up_and_no_other(ray: FakeRay) -> None:
    works = ["a", "b", "die", "c", "d", "e"]
    assert results(ray, works) == ["a", "b", "gave up die", "c", "d", "e"]
    assert len(ray.actors) == 2 + dispatch.DEATHS


def test_workers_that_end_as_they_begin_are_not_replaced_for_ever(ray: FakeRay) -> None:
    ray.crashes_at_start = True
    sentence = r"'head:6379' is lost \(its workers end as they begin: it is dead\): index again"
    with pytest.raises(ClusterLost, match=sentence):
        results(ray, ["piece"])


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        ({**OURS, OWN: "0.0.9"}, r"The worker node-2 of the Ray cluster has quoth 0\.0\.9, and this machine 0\.1\.0"),
        ({OWN: "0.1.0"}, r"has numpy none, and this machine 2\.0: install the same on both\."),
    ],
)
def test_a_worker_that_would_make_something_else_is_refused(
    ray: FakeRay, traits: dict[str, str], sentence: str
) -> None:
    with pytest.raises(WorkerDiffers, match=sentence):
        results(ray, ["piece"], traits=traits)
    assert ray.killed == ray.actors


@pytest.mark.parametrize("kind", [RayTaskError, RayError])
def test_a_machine_without_quoth_is_refused(
    ray: FakeRay, monkeypatch: pytest.MonkeyPatch, kind: type[RayError]
) -> None:
    def fail(reference: object) -> Any:
        raise kind("The actor failed to import on the worker")

    monkeypatch.setattr(ray, "get", fail)
    with pytest.raises(WorkerDiffers, match=r"A worker of the Ray cluster has quoth none, and this machine 0\.1\.0"):
        results(ray, ["piece"])


def test_what_keeps_a_worker_from_its_work_is_a_sentence(ray: FakeRay) -> None:
    with pytest.raises(WorkerFault, match=r"^On the worker node-2 of the Ray cluster: The model is gone\.$"):
        results(ray, ["piece", Fault("node-2", "The model is gone.")])


def test_an_error_that_nobody_foresaw_is_no_lost_worker(ray: FakeRay, monkeypatch: pytest.MonkeyPatch) -> None:
    get = ray.get

    def fail(reference: object) -> Any:
        outcome = get(reference)
        if outcome == "bug":
            raise RayTaskError("ZeroDivisionError")
        return outcome

    monkeypatch.setattr(ray, "get", fail)
    with pytest.raises(RayTaskError, match="ZeroDivisionError"):
        results(ray, ["piece", "bug"])


def test_a_cluster_that_does_not_answer_is_lost(ray: FakeRay) -> None:
    ray.is_idle = True
    with pytest.raises(ClusterLost, match=r"'head:6379' is lost \(it does not answer any more\)"):
        results(ray, ["piece"], is_reachable=False)


def test_a_cluster_without_a_free_processor_is_lost_after_a_while(
    ray: FakeRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray.is_idle = True
    monkeypatch.setattr(dispatch, "NO_WORKER", 0.0)
    with pytest.raises(ClusterLost, match=r"is lost \(it has had no free processor for 0 s\)"):
        results(ray, ["piece"])


def test_a_connection_that_breaks_is_a_sentence(ray: FakeRay) -> None:
    ray.is_broken = True
    with pytest.raises(ClusterLost, match=r"is lost \(the connection to it broke\)"):
        results(ray, ["piece"])
