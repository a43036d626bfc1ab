"""SQuAD 1.1 and 2.0, and other sets in their format (Rajpurkar et al., 2016 and 2018).

    {"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}],
                                                            "is_impossible"}]}]}]}

An article is a file TITLE.txt with its paragraphs; every reference answer is a gold span. Spans count in their
paragraph, which is looked up in whatever corpus is asked.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from retrieval.errors import InputInvalid
from retrieval.evaluation.gold.parsing import (
    Fault,
    Loaded,
    UnfitError,
    half,
    id_faults,
    kind,
    label_faults,
    parse,
    question_faults,
    shown,
    text_faults,
)
from retrieval.evaluation.records import GoldQuestion, GoldSpan

EXPECTED = 'a SQuAD file is {"data": [{"title": ..., "paragraphs": [{"context": ..., "qas": [...]}]}]}'

_ASKING = re.compile(r"\b(?:(how)\s+(?:many|much)|(who)(?:m|se)?|(when|where|what|why|which|how))\b", re.IGNORECASE)
_RESERVED = frozenset('<>:"/\\|?*@#')  # in file names of some system, or in a permalink
_LONGEST_NAME = 150  # bytes


def read(data: bytes, file: str, longest: int) -> Loaded:
    """The questions of a file's bytes; `longest` is how many characters a question may have.

    Raises InputInvalid for what is no SQuAD file, whose name `file` is.
    """
    try:
        said = parse(data)
    except UnfitError as error:
        reason, _, remedy = str(error).rpartition("; ")
        raise InputInvalid(f"The gold set {file}", reason, f"{remedy}; {EXPECTED}") from None
    articles = said.get("data") if isinstance(said, dict) else None
    if not isinstance(articles, list):
        reason = "is no SQuAD file: it has no list “data”"
        raise InputInvalid(f"The gold set {file}", reason, f"{EXPECTED}, and a gold set of lines ends in .jsonl")
    found = _Set(longest)
    for number, article in enumerate(articles, start=1):
        found.article(f"article {number}", article)
    return Loaded(
        hashlib.sha256(data).hexdigest(),
        tuple(found.questions),
        tuple(found.faults),
        'name one whose paragraphs have questions ("qas")',
        partial(_write, {name: tuple(texts) for name, texts in found.texts.items()}),
    )


def interrogative(question: str) -> str:
    """The first of who, when, where, what, why, which, how-many and how that a question asks with, else "other"."""
    asking = _ASKING.search(question)
    if asking is None:
        return "other"
    many, who, plain = asking.groups()
    return "how-many" if many else (who or plain).lower()


class _Set:
    """What was found so far."""

    def __init__(self, longest: int) -> None:
        self.questions: list[GoldQuestion] = []
        self.faults: list[Fault] = []
        self.texts: dict[str, list[str]] = {}
        """Name of the article's file, without its ending -> its paragraphs."""
        self._longest = longest
        self._names: set[str] = set()
        self._ids: set[str] = set()

    def article(self, where: str, said: object) -> None:
        """Take an article's questions and its text, or say what is wrong with them."""
        if not isinstance(said, dict) or not isinstance(said.get("paragraphs"), list):
            self.faults.append((where, 'it has no list "paragraphs"; give it one, with a "context" and "qas" in each'))
            return
        title = said.get("title")
        self.faults += [(where, fault) for fault in text_faults("title", title)]
        name = _file_name(title if isinstance(title, str) else where, self._names)
        texts = self.texts[name] = []
        for number, paragraph in enumerate(said["paragraphs"], start=1):
            place = f"paragraph {number} of {shown(title if isinstance(title, str) else where)}"
            texts += self._paragraph(place, name, paragraph)

    def _paragraph(self, where: str, article: str, said: object) -> list[str]:
        """Take a paragraph's questions; its text, none where it is blank or unfit."""
        faults = list(_paragraph_faults(said))
        self.faults += [(where, fault) for fault in faults]
        if faults or not isinstance(said, dict):
            return []
        for number, qa in enumerate(said.get("qas") or (), start=1):
            self._question(f"question {number} in {where}", article, said["context"], qa)
        text = said["context"].strip()
        return [text] if text else []

    def _question(self, where: str, article: str, context: str, said: object) -> None:
        if not isinstance(said, dict):
            self.faults.append((where, f'it is {kind(said)}; make it an object with "id", "question" and "answers"'))
            return
        faults = list(id_faults("id", said.get("id")))
        if not faults:
            where = f"question {said['id']}"
            if str(said["id"]) in self._ids:
                faults.append('its "id" stands twice; give each question its own')
            self._ids.add(str(said["id"]))
        faults += question_faults("question", said.get("question"), self._longest)
        faults += _answers_faults(context, said)
        self.faults += [(where, fault) for fault in faults]
        if faults:
            return
        spans = dict.fromkeys(_span(article, context, answer) for answer in said.get("answers") or ())
        answered = "answerable" if spans else "unanswerable"
        self.questions.append(
            GoldQuestion(
                id=str(said["id"]),
                question=said["question"],
                gold=tuple(spans),
                tags=(answered, interrogative(said["question"])),
                where=where,
            )
        )


def _paragraph_faults(said: object) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f'it is {kind(said)}; make it an object with "context" and "qas"'
        return
    context, qas = said.get("context"), said.get("qas")
    if not isinstance(context, str):
        yield '"context" is missing or no text; give it the paragraph\'s text'
    elif "\0" in context:
        yield '"context" holds a NUL character; remove it, and correct the offsets behind it'
    elif any("\ud800" <= mark <= "\udfff" for mark in context):
        yield half("context")
    if qas is not None and not isinstance(qas, list):
        yield f'"qas" is {kind(qas)}; make it a list of questions'


def _answers_faults(context: str, said: dict[str, Any]) -> Iterator[str]:
    answers, impossible = said.get("answers"), said.get("is_impossible")
    if impossible is not None and not isinstance(impossible, bool):
        yield f'"is_impossible" is {kind(impossible)}; make it true or false'
    if answers is not None and not isinstance(answers, list):
        yield f'"answers" is {kind(answers)}; make it a list of {{"text", "answer_start"}}'
    elif answers and impossible is True:
        yield '"is_impossible" is true and "answers" has one; make it false, or empty "answers"'
    elif not answers and not impossible:
        yield '"answers" is empty; add one, or make "is_impossible" true'
    elif answers:
        for number, answer in enumerate(answers, start=1):
            yield from (f"answer {number}: {fault}" for fault in _answer_faults(context, answer))


def _answer_faults(context: str, said: object) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f'it is {kind(said)}; make it an object with "text" and "answer_start"'
        return
    text, start = said.get("text"), said.get("answer_start")
    faults = list(label_faults("text", text)) if not isinstance(text, str) or not text.strip() else []
    if type(start) is not int:
        what = "missing" if start is None else kind(start)
        faults.append(f'"answer_start" is {what}; make it a whole number, counted in characters')
    yield from faults
    if faults or not isinstance(text, str) or not isinstance(start, int):
        return
    if start < 0 or context[start : start + len(text)] != text:
        places = [match.start() for match in re.finditer(re.escape(text), context)]
        nearest = min(places, key=lambda place: abs(place - start), default=None)
        remedy = "copy it from the context" if nearest is None else f"make it {nearest}"
        missing = "the context does not hold it" if nearest is None else f"it stands at {nearest}"
        yield f'"text" {shown(text)} does not stand at "answer_start" {start} ({missing}); {remedy}'


def _span(article: str, context: str, answer: Mapping[str, Any]) -> GoldSpan:
    """The answer without white space around it, counted in the paragraph without white space around that."""
    text: str = answer["text"]
    start = answer["answer_start"] + len(text) - len(text.lstrip()) - (len(context) - len(context.lstrip()))
    return GoldSpan(article, start, start + len(text.strip()), paragraph=context.strip())


def _file_name(title: str, taken: set[str]) -> str:
    """A name for the article's file that any system takes and no other article has, whatever its case; now taken."""
    marks = ("-" if _is_unfit(mark) else mark for mark in title)
    plain = "".join(marks).strip(" .").encode()[:_LONGEST_NAME].decode("utf-8", "ignore").strip(" .") or "article"
    name, number = plain, 1
    while _key(name) in taken:
        number += 1
        name = f"{plain}-{number}"
    taken.add(_key(name))
    return name


def _is_unfit(mark: str) -> bool:
    return mark in _RESERVED or unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _write(texts: Mapping[str, Sequence[str]], folder: Path) -> None:
    """Write each article as a file, a blank line between its paragraphs."""
    for name, paragraphs in texts.items():
        if paragraphs:
            (folder / f"{name}.txt").write_bytes("\n\n".join(paragraphs).encode("utf-8"))
