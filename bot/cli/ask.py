"""`quoth ask`."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.answering.links import link_of
from bot.answering.opening import open_or_build
from bot.exit_status import ABSTAINED
from bot.formats.json_output import answer_object, dump, with_outdated
from bot.formats.question_file import QuestionLine, read_questions
from bot.settings import Settings
from bot.streams import notice
from retrieval.answering.question import clean
from retrieval.citations.freshness import outdated_files
from retrieval.engine import Engine
from retrieval.errors import InputInvalid, QuestionInvalid
from retrieval.records import Answer, Filter

log = logging.getLogger(__name__)

EXAMPLE = 'quoth ask "Who signed the letter?"'


@dataclass(frozen=True, slots=True)
class AskOptions:
    """Options of `quoth ask`."""

    words: tuple[str, ...]
    file: Path | None
    as_json: bool
    show_weak: bool
    within: Filter | None = None


def run(options: AskOptions, settings: Settings) -> int:
    """Print the answer to each question as it comes; return 0 if all were answered."""
    questions = _questions(options, settings.answer.max_question)
    engine = open_or_build(settings)
    show = _print_json if options.as_json else _Printer(options, settings.index.path)
    answered = True
    for line in questions:
        answer = engine.ask(line.question, line.history, show_weak=options.show_weak, within=options.within)
        log.info("answered in %.0f ms, with a confidence of %.3f", answer.elapsed_ms, answer.confidence)
        show(engine, line, answer)
        answered &= answer.answered and not answer.unanswered
    return 0 if answered else ABSTAINED


def _questions(options: AskOptions, longest: int) -> list[QuestionLine]:
    question = " ".join(options.words)
    if options.file is not None:
        if options.words:
            raise InputInvalid("A question and --file", "were both given", "ask one or the other")
        return read_questions(options.file, longest)
    if not options.words:
        raise QuestionInvalid("is missing", f"ask it, as in {EXAMPLE}, or ask a file of questions with --file")
    clean(question, longest)  # refused here, before an index is built for it
    return [QuestionLine(question)]


def _print_json(engine: Engine, line: QuestionLine, answer: Answer) -> None:
    files = outdated_files(engine.generation, (quote.citation.article for quote in answer.quotes))
    sys.stdout.write(dump(with_outdated(answer_object(answer, line.id), files)) + "\n")
    sys.stdout.flush()


class _Printer:
    """Prints answers for people; those of a file each below its question."""

    def __init__(self, options: AskOptions, index: Path) -> None:
        from bot.terminal.screen import screen

        self._index, self._outdated = index, set[str]()
        self._screen, self._several = screen(), options.file is not None

    def __call__(self, engine: Engine, line: QuestionLine, answer: Answer) -> None:
        from rich.text import Text

        from bot.formats.visible import one_line
        from bot.terminal.answers import show_answer
        from bot.terminal.outdated import outdated_line

        if self._several:
            self._screen.line(Text(f"{one_line(str(line.id))}: {one_line(line.question)}", style="bold"))
            self._screen.line()
        show_answer(self._screen, answer, lambda citation: link_of(engine, citation))
        if self._several:
            self._screen.line()
        self._screen.flush()
        files = outdated_files(engine.generation, (quote.citation.article for quote in answer.quotes))
        outdated = outdated_line(files, engine.generation, self._index)
        if outdated and outdated not in self._outdated:
            self._outdated.add(outdated)
            notice(outdated)
