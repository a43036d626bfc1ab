"""How each source fares, as rows of `quoth status`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.formats.numbers import count
from bot.source_record import Source
from bot.sources.state import State

Row = tuple[str, str]


def source_rows(sources: Sequence[tuple[Source, State]]) -> Iterator[Row]:
    """Yield two rows for each source, and one for what was left out of it."""
    for place, (source, state) in enumerate(sources):
        commit = f", commit {state.commit[:12]}" if state.commit else ""
        contents = f"{count(state.files, 'file')}{commit}"
        yield "" if place else "sources", f"{source.name}, {source.kind} {source.address}: {contents}"
        yield "", _times(state)
        if state.notes:
            yield "", "; ".join(state.notes)


def _times(state: State) -> str:
    if not state.tried:
        return "never fetched: run `quoth fetch`"
    fetched = f"last fetched {state.succeeded}" if state.succeeded else "not fetched yet"
    due = f"next {state.next}" if state.next else "next at once"
    if not state.failures:
        return f"{fetched}, {due}"
    return f"FAILED {count(state.failures, 'time')}, {due}, {fetched}: it {state.problem}"
