"""Questions from a file: JSONL lines {"id", "question", "history"}, checked all together before any is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.answering.question import clean
from retrieval.errors import InputInvalid, QuestionInvalid, QuestionsInvalid
from retrieval.paths import read_whole
from retrieval.records import Turn

EXAMPLE = '{"id": "1", "question": "Who signed the letter?"}'


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question to ask."""

    question: str
    id: str | int | None = None
    history: tuple[Turn, ...] = ()
    """Earlier questions of the same conversation, oldest first; what answered them is not known."""


def read_questions(file: Path, longest: int) -> list[QuestionLine]:
    """Return the questions of a file, `-` for standard input; blank lines are skipped, unknown keys ignored.

    `longest` is how many characters a question may have. Raises QuestionsInvalid with every line that cannot be asked,
    InputInvalid for a file that cannot be read or holds no question.
    """
    called = "Standard input" if str(file) == "-" else str(file)
    questions: dict[str, QuestionLine] = {}
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(_lines(file, called), start=1):
        if line.strip():
            try:
                question = _parse(line, longest)
            except _UnfitError as error:
                faults += [(number, fault) for fault in error.faults]
                continue
            if questions.setdefault(str(question.id), question) is not question:
                faults.append((number, f'"id" {question.id} is that of a line above; give each line its own'))
    if faults:
        raise QuestionsInvalid(called, faults)
    if not questions:
        raise InputInvalid(called, "has no question", f"write one per line, such as {EXAMPLE}")
    return list(questions.values())


class _UnfitError(Exception):
    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__()


def _lines(file: Path, called: str) -> list[bytes]:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else read_whole(file)
    except FileNotFoundError:
        raise InputInvalid(
            f"The file {called}", "does not exist", "name one that does, or - for standard input"
        ) from None
    except OSError as error:
        raise InputInvalid(f"The file {called}", f"cannot be read ({error.strerror})", "name a JSONL file") from error
    return raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")


def _parse(line: bytes, longest: int) -> QuestionLine:
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _UnfitError([f"it is not UTF-8 (byte {error.start + 1}); save the file as UTF-8"]) from None
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else "a number or nesting too large"
        raise _UnfitError([f"it is not JSON ({why}); write one object per line, such as {EXAMPLE}"]) from None
    if not isinstance(fields, dict):
        raise _UnfitError([f"it is not an object; write one, such as {EXAMPLE}"])
    faults = list(_faults(fields, longest))
    if faults:
        raise _UnfitError(faults)
    return QuestionLine(fields["question"], fields["id"], tuple(map(Turn, fields.get("history") or ())))


def _faults(fields: dict[str, Any], longest: int) -> Iterator[str]:
    id_, question, history = fields.get("id"), fields.get("question"), fields.get("history")
    if id_ is None or id_ == "":
        yield '"id" is missing; add one, so that the answer can be matched to the question'
    elif not isinstance(id_, str | int) or isinstance(id_, bool):
        yield f'"id" is {_named(id_)}; make it a string or a whole number'
    if question is None:
        yield '"question" is missing; add it, as a string'
    elif not isinstance(question, str):
        yield f'"question" is {_named(question)}; make it a string'
    else:
        try:
            clean(question, longest)
        except QuestionInvalid as error:
            yield f'"question" {error.reason}; {error.remedy}'
    if history is not None and not (isinstance(history, list) and all(isinstance(earlier, str) for earlier in history)):
        yield '"history" is not a list of strings; list the earlier questions, or leave it out'


def _named(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return {int: "a number", float: "a number", list: "a list", dict: "an object"}.get(type(value), "not a string")
