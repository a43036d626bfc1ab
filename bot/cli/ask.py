"""`quoth ask`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from bot.answering.links import link_of
from bot.answering.opening import open_or_build
from bot.exit_status import ABSTAINED
from bot.formats.json_output import answer_object, dump
from bot.formats.question_file import Asked, read_questions
from bot.settings import Settings
from retrieval.answering.question import clean
from retrieval.engine import Engine
from retrieval.errors import InputInvalid, QuestionInvalid
from retrieval.records import Answer

EXAMPLE = 'quoth ask "Who signed the letter?"'


@dataclass(frozen=True, slots=True)
class Asking:
    """What the command line asked for."""

    words: tuple[str, ...]
    file: Path | None
    as_json: bool
    show_weak: bool


def run(asking: Asking, settings: Settings) -> int:
    """Ask, print each answer as it comes; 0 if every question was answered."""
    questions = _questions(asking, settings.answer.max_question)
    engine = open_or_build(settings)
    show = _print_json if asking.as_json else _Printer(asking)
    answered = True
    for asked in questions:
        answer = engine.ask(asked.question, asked.history, show_weak=asking.show_weak)
        show(engine, asked, answer)
        answered &= answer.answered
    return 0 if answered else ABSTAINED


def _questions(asking: Asking, longest: int) -> list[Asked]:
    question = " ".join(asking.words)
    if asking.file is not None:
        if asking.words:
            raise InputInvalid("A question and --file", "were both given", "ask one question, or a file of them")
        return read_questions(asking.file, longest)
    if not asking.words:
        raise QuestionInvalid("is missing", f"ask one, as in {EXAMPLE}, or a file of them with --file")
    clean(question, longest)  # a question that cannot be asked is told before an index is built for it
    return [Asked(question)]


def _print_json(engine: Engine, asked: Asked, answer: Answer) -> None:
    sys.stdout.write(dump(answer_object(answer, asked.id)) + "\n")
    sys.stdout.flush()


class _Printer:
    """Prints answers to read; where there are several, each below its question."""

    def __init__(self, asking: Asking) -> None:
        from bot.terminal.screen import screen

        self._screen, self._several = screen(), asking.file is not None

    def __call__(self, engine: Engine, asked: Asked, answer: Answer) -> None:
        from rich.text import Text

        from bot.formats.visible import one_line
        from bot.terminal.answers import show_answer

        if self._several:
            self._screen.line(Text(f"{one_line(str(asked.id))}: {one_line(asked.question)}", style="bold"))
            self._screen.line()
        show_answer(self._screen, answer, lambda citation: link_of(engine, citation))
        if self._several:
            self._screen.line()
        self._screen.flush()
