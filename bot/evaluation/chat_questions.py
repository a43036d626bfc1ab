"""The questions that a chat asked, as its database has them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.chat_log.store import Gap, PostedAnswer, Store, key_of
from bot.settings import Settings
from bot.streams import notice
from retrieval.answering.question import clean
from retrieval.errors import QuestionInvalid
from retrieval.evaluation.coverage.reach import AskedQuestion
from retrieval.paths import resolved

EVER = datetime(1970, 1, 1, tzinfo=UTC)


def logged_questions(path: Path, settings: Settings) -> list[AskedQuestion]:
    """The questions that were asked of the settings' index, each in its conversation once; raises StoreUnusable.

    How many are of other indexes, or can no longer be asked, is told on standard error.
    """
    answers, gaps = asyncio.run(_read(path))
    index = resolved(settings.index.path)
    found: dict[tuple[str, ...], AskedQuestion] = {}
    elsewhere, unfit = set[tuple[str, ...]](), set[tuple[str, ...]]()
    for collection, asked in _asked(answers, gaps):
        key = tuple(key_of(said) for said in (asked.question, *(turn.question for turn in asked.history)))
        if resolved(Path(collection)) != index:
            elsewhere.add((collection, *key))
        elif _can_be_asked(asked.question, settings.answer.max_question):
            found.setdefault(key, asked)
        else:
            unfit.add(key)
    said = f"{len(found):,} different question{'' if len(found) == 1 else 's'} of the chat"
    if elsewhere:
        said += f"; {len(elsewhere):,} of other indexes left out, name theirs with --index"
    if unfit:
        said += f"; {len(unfit):,} left out that the settings no longer allow to be asked"
    notice(said + ".")
    return list(found.values())


async def _read(path: Path) -> tuple[tuple[PostedAnswer, ...], tuple[Gap, ...]]:
    store = Store.open(path, create=False)
    try:
        rated = tuple(answer for answer, _ in await store.rated_answers())
        return rated + await store.recent_answers(EVER, -1), await store.all_gaps()
    finally:
        await store.close()


def _asked(answers: tuple[PostedAnswer, ...], gaps: tuple[Gap, ...]) -> Iterator[tuple[str, AskedQuestion]]:
    """(collection, question), oldest first; what is private, or its asker had forgotten, is left out."""
    for answer in sorted(answers, key=lambda answer: (answer.posted_at, answer.id or 0)):
        if answer.question and not answer.private:
            yield answer.collection, AskedQuestion(answer.question, answer.history)
    for gap in gaps:
        yield gap.collection, AskedQuestion(gap.question)


def _can_be_asked(question: str, longest: int) -> bool:
    try:
        clean(question, longest)
    except QuestionInvalid:
        return False
    return True
