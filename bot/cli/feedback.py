"""`quoth feedback export`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.chat_log.address import Place
from bot.chat_log.store import Gap, PostedAnswer, Store, Votes, key_of
from bot.cli.feedback_questions import REJECTED
from bot.formats.json_output import dump
from bot.formats.numbers import count
from bot.output_files import EXPORT, check_output, database_files, write_output
from bot.settings import Settings
from bot.streams import notice
from retrieval import indexes
from retrieval.citations.permalink import parse
from retrieval.index.generation import Generation
from retrieval.paths import resolved

Rated = tuple[PostedAnswer, Votes]
Key = tuple[str, ...]
"""The question and those before it, as `key_of` gives them."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Options of `quoth feedback export`."""

    store: Place
    out: Path
    """`-` for standard output."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question asked on Discord, with the votes on its answers."""

    question: str
    history: tuple[str, ...] = ()
    answered: bool = False
    """Whether the last answer to it had quotes."""
    refs: tuple[str, ...] = ()
    votes: Votes = field(default_factory=Votes)
    asked_in_vain: bool = False
    passage: str | None = None
    """The permalink of what answers it, where moderators have pointed at it."""


def run(options: ExportOptions, settings: Settings) -> int:
    """Write candidate gold lines for the settings' index; return 0 even if there are none yet."""
    if str(options.out) != "-":
        check_output(options.out, settings, EXPORT, *database_files(options.store))
    generation = indexes.current(settings.index.path)
    rated, gaps = asyncio.run(_read(options.store))
    here, elsewhere = _of_index(settings.index.path, rated, gaps)
    lines: list[dict[str, Any]] = []
    outdated = 0
    for candidate in here:
        line = gold_line(candidate, generation)
        outdated += line is None
        lines += [line] if line is not None else []
    _write("".join(dump(line) + "\n" for line in lines), options.out)
    notice(_summary(len(lines), outdated, elsewhere))
    return 0


def candidates(rated: Iterable[Rated], gaps: Iterable[Gap]) -> list[Candidate]:
    """Return a candidate for each different question in its conversation, those with votes first."""
    by_key: dict[Key, Candidate] = {}
    for answer, votes in rated:
        history = tuple(turn.question for turn in answer.history if turn.question)
        key = (key_of(answer.question), *map(key_of, history))
        before = by_key[key].votes if key in by_key else Votes()
        summed = Votes(before.useful + votes.useful, before.not_useful + votes.not_useful)
        by_key[key] = Candidate(answer.question, history, answer.answered, answer.refs, summed)
    for gap in gaps:
        key = (key_of(gap.question),)
        candidate = by_key.get(key) or Candidate(gap.question)
        by_key[key] = replace(candidate, asked_in_vain=True, passage=gap.passage or candidate.passage)
    return list(by_key.values())


def gold_line(candidate: Candidate, generation: Generation) -> dict[str, Any] | None:
    """Return the candidate as a gold question for a person to complete; None if the corpus has lost what it quotes.

    A useful answer has its quotes and lacks "answer". One that was not useful has no gold, as the right quotes are not
    known, but a note of those that were rejected, and counts as answerable until somebody decides otherwise. A question
    without an answer, and an abstention that was useful, count as not answerable, unless moderators have pointed at the
    passage that answers it: that is its gold.
    """
    useful = candidate.votes.useful > candidate.votes.not_useful
    doubted = candidate.votes.not_useful > 0 and not useful
    spans = [_span(generation, ref) for ref in candidate.refs] if candidate.answered and (useful or doubted) else []
    places = [span for span in spans if span is not None]
    gold, rejected = (places, []) if useful else ([], places)
    if candidate.passage is not None:
        passage = _span(generation, candidate.passage)
        gold = [passage] if passage is not None else []
    if not gold and (candidate.passage is not None or (useful and spans)):
        return None
    tags = {"useful": candidate.votes.useful > 0, "not-useful": candidate.votes.not_useful > 0}
    return {
        "id": f"candidate-{_digest(candidate)}",
        "question": candidate.question,
        "history": list(candidate.history),
        "answerable": bool(gold) or doubted,
        "gold": gold,
        "tags": ["candidate", *(tag for tag, on in {**tags, "gap": candidate.asked_in_vain}.items() if on)],
        **({REJECTED: rejected} if rejected else {}),
    }


async def _read(place: Place) -> tuple[tuple[Rated, ...], tuple[Gap, ...]]:
    store = Store.open(place, create=False)
    try:
        return await store.rated_answers(), await store.all_gaps()
    finally:
        await store.close()


def _of_index(index: Path, rated: tuple[Rated, ...], gaps: tuple[Gap, ...]) -> tuple[list[Candidate], int]:
    """Return the candidates about this index, and how many there are about others."""
    collections = {answer.collection for answer, _ in rated} | {gap.collection for gap in gaps}
    here = {name for name in collections if resolved(Path(name)) == resolved(index)}

    def candidates_of(names: set[str]) -> list[Candidate]:
        return candidates(
            ((answer, votes) for answer, votes in rated if answer.collection in names),
            (gap for gap in gaps if gap.collection in names),
        )

    return candidates_of(here), sum(len(candidates_of({name})) for name in collections - here)


def _span(generation: Generation, ref: str) -> dict[str, Any] | None:
    """Return the cited words as a gold span; None if the article is no longer the one that was cited."""
    place = parse(ref)
    row = generation.cited(place.article, place.digest)
    if row is None:
        return None
    article = generation.article(row)
    if not article.body <= place.start < place.end <= len(article.text):
        return None
    quote = article.text[place.start : place.end]
    return {"article": article.id, "start": place.start, "end": place.end, "quote": quote, "answer": ""}


def _digest(candidate: Candidate) -> str:
    """Return eight hex digits that are the same in every export."""
    wording = json.dumps([key_of(question) for question in (candidate.question, *candidate.history)])
    return hashlib.sha256(wording.encode()).hexdigest()[:8]


def _write(lines: str, out: Path) -> None:
    if str(out) == "-":
        sys.stdout.write(lines)
    else:
        write_output(out, lines, EXPORT)


def _summary(written: int, outdated: int, elsewhere: int) -> str:
    return "; ".join(_parts(written, outdated, elsewhere)) + "."


def _parts(written: int, outdated: int, elsewhere: int) -> Iterator[str]:
    yield f"{count(written, 'candidate')} written"
    if outdated:
        yield f"{outdated:,} left out, as what they quoted has changed"
    if elsewhere:
        yield f"{elsewhere:,} about other indexes left out (name one with --index)"
