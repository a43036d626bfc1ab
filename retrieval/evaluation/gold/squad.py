"""SQuAD 1.1 and 2.0, and other sets in their format (Rajpurkar et al., 2016 and 2018).

    {"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}],
                                                            "is_impossible"}]}]}]}

An article becomes a file TITLE.txt with its paragraphs; every reference answer is a gold span. Spans are relative to
their paragraph, which is looked up in whatever corpus is searched.
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
    id_faults,
    kind,
    label_faults,
    parse,
    question_faults,
    quoted,
    surrogate_fault,
    text_faults,
)
from retrieval.evaluation.records import GoldQuestion, GoldSpan

EXPECTED = 'a SQuAD file is {"data": [{"title": ..., "paragraphs": [{"context": ..., "qas": [...]}]}]}'

_INTERROGATIVE = re.compile(
    r"\b(?:(how)\s+(?:many|much)|(who)(?:m|se)?|(when|where|what|why|which|how))\b", re.IGNORECASE
)
_RESERVED = frozenset('<>:"/\\|?*@#')  # in file names of some system, or in a permalink
_LONGEST_NAME = 150  # bytes


def read(data: bytes, file: str, longest: int) -> Loaded:
    """Read the questions of a file's bytes, each of at most `longest` characters.

    Raises InputInvalid, naming `file`, if it is not a SQuAD file.
    """
    try:
        document = parse(data)
    except UnfitError as error:
        reason, _, remedy = str(error).rpartition("; ")
        raise InputInvalid(f"The gold set {file}", reason, f"{remedy}; {EXPECTED}") from None
    articles = document.get("data") if isinstance(document, dict) else None
    if not isinstance(articles, list):
        reason = "is not a SQuAD file: it has no list “data”"
        raise InputInvalid(
            f"The gold set {file}", reason, f"{EXPECTED}; a gold set with one question per line ends in .jsonl"
        )
    gold = _Set(longest)
    for number, article in enumerate(articles, start=1):
        gold.article(f"article {number}", article)
    return Loaded(
        hashlib.sha256(data).hexdigest(),
        tuple(gold.questions),
        tuple(gold.faults),
        'name one whose paragraphs have questions ("qas")',
        partial(_write, {name: tuple(texts) for name, texts in gold.texts.items()}),
    )


def interrogative(question: str) -> str:
    """Return a question's first who, when, where, what, why, which, how-many or how, or else "other"."""
    match = _INTERROGATIVE.search(question)
    if match is None:
        return "other"
    many, who, plain = match.groups()
    return "how-many" if many else (who or plain).lower()


class _Set:
    """The questions, faults and texts read so far."""

    def __init__(self, longest: int) -> None:
        self.questions: list[GoldQuestion] = []
        self.faults: list[Fault] = []
        self.texts: dict[str, list[str]] = {}
        """Paragraphs by the article's file name without its extension."""
        self._longest = longest
        self._names: set[str] = set()
        self._ids: set[str] = set()

    def article(self, where: str, article: object) -> None:
        """Add an article's questions and text, or its faults."""
        if not isinstance(article, dict) or not isinstance(article.get("paragraphs"), list):
            self.faults.append((where, 'it has no list "paragraphs"; give it one, with a "context" and "qas" in each'))
            return
        title = article.get("title")
        self.faults += [(where, fault) for fault in text_faults("title", title)]
        name = _file_name(title if isinstance(title, str) else where, self._names)
        texts = self.texts[name] = []
        for number, paragraph in enumerate(article["paragraphs"], start=1):
            place = f"paragraph {number} of {quoted(title if isinstance(title, str) else where)}"
            texts += self._paragraph(place, name, paragraph)

    def _paragraph(self, where: str, article: str, paragraph: object) -> list[str]:
        """Add a paragraph's questions, and return its text as a list, empty if blank or faulty."""
        faults = list(_paragraph_faults(paragraph))
        self.faults += [(where, fault) for fault in faults]
        if faults or not isinstance(paragraph, dict):
            return []
        for number, qa in enumerate(paragraph.get("qas") or (), start=1):
            self._question(f"question {number} in {where}", article, paragraph["context"], qa)
        text = paragraph["context"].strip()
        return [text] if text else []

    def _question(self, where: str, article: str, context: str, qa: object) -> None:
        if not isinstance(qa, dict):
            self.faults.append((where, f'it is {kind(qa)}; make it an object with "id", "question" and "answers"'))
            return
        faults = list(id_faults("id", qa.get("id")))
        if not faults:
            where = f"question {qa['id']}"
            if str(qa["id"]) in self._ids:
                faults.append('its "id" is used twice; give each question its own')
            self._ids.add(str(qa["id"]))
        faults += question_faults("question", qa.get("question"), self._longest)
        faults += _answers_faults(context, qa)
        self.faults += [(where, fault) for fault in faults]
        if faults:
            return
        spans = dict.fromkeys(_span(article, context, answer) for answer in qa.get("answers") or ())
        answered = "answerable" if spans else "unanswerable"
        self.questions.append(
            GoldQuestion(
                id=str(qa["id"]),
                question=qa["question"],
                gold=tuple(spans),
                tags=(answered, interrogative(qa["question"])),
                where=where,
            )
        )


def _paragraph_faults(paragraph: object) -> Iterator[str]:
    if not isinstance(paragraph, dict):
        yield f'it is {kind(paragraph)}; make it an object with "context" and "qas"'
        return
    context, qas = paragraph.get("context"), paragraph.get("qas")
    if not isinstance(context, str):
        yield '"context" is missing or not a string; give it the paragraph\'s text'
    elif "\0" in context:
        yield '"context" contains a NUL character; remove it, and correct the offsets after it'
    elif any("\ud800" <= mark <= "\udfff" for mark in context):
        yield surrogate_fault("context")
    if qas is not None and not isinstance(qas, list):
        yield f'"qas" is {kind(qas)}; make it a list of questions'


def _answers_faults(context: str, qa: dict[str, Any]) -> Iterator[str]:
    answers, impossible = qa.get("answers"), qa.get("is_impossible")
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


def _answer_faults(context: str, answer: object) -> Iterator[str]:
    if not isinstance(answer, dict):
        yield f'it is {kind(answer)}; make it an object with "text" and "answer_start"'
        return
    text, start = answer.get("text"), answer.get("answer_start")
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
        missing = "the context does not contain it" if nearest is None else f"it is at {nearest}"
        yield f'"text" {quoted(text)} is not at "answer_start" {start} ({missing}); {remedy}'


def _span(article: str, context: str, answer: Mapping[str, Any]) -> GoldSpan:
    """Return the answer's span in its paragraph, both stripped of surrounding white space."""
    text: str = answer["text"]
    start = answer["answer_start"] + len(text) - len(text.lstrip()) - (len(context) - len(context.lstrip()))
    return GoldSpan(article, start, start + len(text.strip()), paragraph=context.strip())


def _file_name(title: str, taken: set[str]) -> str:
    """Choose a file name valid on any system and unlike those in `taken`, whatever their case; add it to `taken`."""
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
