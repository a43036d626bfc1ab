"""The questions of a chat, read from its database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.chat_log.address import Place
from bot.chat_log.store import Gap, PostedAnswer, Store, key_of
from bot.chat_log.tables import NO_LIMIT
from bot.formats.numbers import count
from bot.settings import Settings
from bot.streams import notice
from retrieval.answering.question import clean
from retrieval.errors import QuestionInvalid
from retrieval.evaluation.coverage.reach import AskedQuestion
from retrieval.paths import resolved

EVER = datetime(1970, 1, 1, tzinfo=UTC)


def logged_questions(place: Place, settings: Settings) -> list[AskedQuestion]:
    """Return the chat's questions about the settings' index, each once per conversation; raises StoreUnusable.

    Prints to standard error how many there are, and how many are about other indexes or no longer allowed.
    """
    answers, gaps = asyncio.run(_read(place))
    index = resolved(settings.index.path)
    questions: dict[tuple[str, ...], AskedQuestion] = {}
    elsewhere, refused = set[tuple[str, ...]](), set[tuple[str, ...]]()
    for collection, question in _questions(answers, gaps):
        key = tuple(key_of(text) for text in (question.question, *(turn.question for turn in question.history)))
        if resolved(Path(collection)) != index:
            elsewhere.add((collection, *key))
        elif _is_allowed(question.question, settings.answer.max_question):
            questions.setdefault(key, question)
        else:
            refused.add(key)
    left_out = [f"{len(elsewhere):,} about other indexes (name theirs with --index)"] if elsewhere else []
    left_out += [f"{len(refused):,} that the settings no longer allow"] if refused else []
    reasons = f"; left out: {', '.join(left_out)}" if left_out else ""
    notice(f"{count(len(questions), 'different question')} from Discord{reasons}.")
    return list(questions.values())


async def _read(place: Place) -> tuple[tuple[PostedAnswer, ...], tuple[Gap, ...]]:
    store = Store.open(place, create=False)
    try:
        rated = tuple(answer for answer, _ in await store.rated_answers())
        return rated + await store.recent_answers(EVER, NO_LIMIT), await store.all_gaps()
    finally:
        await store.close()


def _questions(answers: tuple[PostedAnswer, ...], gaps: tuple[Gap, ...]) -> Iterator[tuple[str, AskedQuestion]]:
    """Yield collection and question, oldest first, without private questions and those whose words were deleted."""
    for answer in sorted(answers, key=lambda answer: (answer.posted_at, answer.id or 0)):
        if answer.question and not answer.private:
            yield answer.collection, AskedQuestion(answer.question, answer.history)
    for gap in gaps:
        yield gap.collection, AskedQuestion(gap.question)


def _is_allowed(question: str, max_length: int) -> bool:
    try:
        clean(question, max_length)
    except QuestionInvalid:
        return False
    return True
