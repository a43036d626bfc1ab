"""Exported feedback as questions to learn from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.formats.numbers import count
from bot.settings import Settings
from bot.streams import notice
from retrieval.engine import Engine
from retrieval.errors import GoldInvalid
from retrieval.evaluation.gold import sets as gold_sets
from retrieval.evaluation.gold.targets import pose
from retrieval.evaluation.records import Posed, Target
from retrieval.index.generation import Generation

if TYPE_CHECKING:
    from retrieval.training.corpus_questions import CorpusQuestion

REJECTED = "_rejected"
"""The field of an exported line with the quotes that people found not useful."""


def read_feedback(paths: Sequence[Path], engine: Engine, settings: Settings) -> tuple[CorpusQuestion, ...]:
    """Read the files that `quoth feedback export` wrote, whether or not somebody has completed their lines.

    A useful answer teaches its quotes, a useful abstention that nothing answers; an answer that was not useful teaches
    that its quotes' passages do not answer. A question that was only asked in vain teaches nothing. Lines of other
    corpora or with faults are left out, and counted in a notice. Raises InputInvalid for a file that is no gold set.
    """
    from retrieval.training.corpus_questions import CorpusQuestion

    questions: list[CorpusQuestion] = []
    for path in paths:
        rejected = list(_rejected(path, engine.generation))
        learned = [*_learned(path, engine.generation, settings.answer.max_question, any_rejected=bool(rejected))]
        questions += rejected
        questions += [CorpusQuestion(each.gold.question, each.gold.history, each.targets) for each in learned]
        notice(f"Learning from {count(len(rejected) + len(learned), 'line')} of {path}")
    return tuple(questions)


def _learned(path: Path, generation: Generation, longest: int, *, any_rejected: bool) -> Iterator[Posed]:
    try:
        posed, _ = pose(gold_sets.read(path, longest, skip_bad=True), generation, skip_bad=True)
    except GoldInvalid:
        if not any_rejected:
            raise
        return
    for question in posed:
        if question.targets or "useful" in question.gold.tags or "candidate" not in question.gold.tags:
            yield question


def _rejected(path: Path, generation: Generation) -> Iterator[CorpusQuestion]:
    from retrieval.training.corpus_questions import CorpusQuestion, passages_with

    for line in _objects(path):
        question, places = line.get("question"), line.get(REJECTED)
        if line.get("gold") or not isinstance(question, str) or not question.strip() or not isinstance(places, list):
            continue
        targets = list(_places(places, generation))
        passages = dict.fromkeys(row for target in targets for row in passages_with(generation, target))
        if passages:
            history = tuple(earlier for earlier in line.get("history") or () if isinstance(earlier, str))
            yield CorpusQuestion(question, history, (), tuple(passages))


def _places(places: Iterable[Any], generation: Generation) -> Iterator[Target]:
    """Yield the places that are still as they were quoted."""
    for place in places:
        try:
            article, start, end, quote = (place[name] for name in ("article", "start", "end", "quote"))
            row = generation.row_of(article)
            if row is not None and quote and generation.article(row).text[start:end] == quote:
                yield Target(article, start, end, quote)
        except (KeyError, TypeError):
            continue


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.expanduser().read_text("utf-8", errors="replace").splitlines()
    except OSError:  # what reads it as a gold set says why
        return
    for line in lines:
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict):
            yield content
