"""`quoth chat` over a toy index, in a process of its own; a question that begins with Slow waits for the test."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import bot.answering.opening
from bot.main import main
from bot.settings import Settings
from retrieval.engine import Engine
from retrieval.index.generation import Generation
from retrieval.records import Answer, Filter, Turn
from tests.toy import ANSWERS, MODEL, ToyEncoder


class _Engine(Engine):
    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top: int | None = None,
        show_weak: bool = False,
        within: Filter | None = None,
    ) -> Answer:
        if question.startswith("Slow"):
            folder = os.environ["CHAT_FIFOS"]
            with open(f"{folder}/begun", "w"):
                pass
            with open(f"{folder}/go"):
                pass
        if question.startswith("Broken"):
            raise ZeroDivisionError("deep inside")
        return super().ask(question, history, top=top, show_weak=show_weak, within=within)


def _open(settings: Settings, *, asking: bool = True) -> Engine:
    answers = replace(ANSWERS, threshold=0.6, top=settings.answer.top)
    engine = _Engine(Generation.current(settings.index.path), ToyEncoder(), answers)
    engine.model = MODEL
    return engine


if __name__ == "__main__":
    bot.answering.opening.open_engine = _open
    main()
