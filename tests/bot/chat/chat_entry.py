"""`quoth chat` over a toy index, in a process of its own; a question that begins with Slow waits for the test."""

from __future__ import annotations

import os
from dataclasses import replace

import bot.answering.opening
from bot.main import main
from bot.settings import Settings
from retrieval.engine import Engine
from tests.toy import ANSWERS, HookedEngine, open_toy


def _wait_or_fail(question: str) -> None:
    if question.startswith("Slow"):
        folder = os.environ["CHAT_FIFOS"]
        with open(f"{folder}/begun", "w"):
            pass
        with open(f"{folder}/go"):
            pass
    if question.startswith("Broken"):
        raise ZeroDivisionError("deep inside")


def _open(settings: Settings, *, asking: bool = True) -> Engine:
    answers = replace(ANSWERS, threshold=0.6, top=settings.answer.top)
    return HookedEngine(open_toy(settings.index.path, answers), _wait_or_fail)


if __name__ == "__main__":
    bot.answering.opening.open_engine = _open
    main()
