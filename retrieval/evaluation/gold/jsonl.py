"""quoth's own gold format: a JSONL line {"id", "question", "history", "answerable", "gold", "tags"} a question.

"id" and "question" are needed. "gold" lists the places that answer, none where the corpus does not answer. A place is
an "article" with a "quote" that stands in it, or "start" and "end", which may be given as well as the quote; "answer"
has the words within it that answer. "note", "comment" and what begins with "_" are the writer's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from retrieval.evaluation.gold.parsing import (
    Fault,
    Loaded,
    id_faults,
    kind,
    label_faults,
    objects,
    question_faults,
    shown,
    text_faults,
    unknown_faults,
)
from retrieval.evaluation.records import GoldQuestion, GoldSpan

PLACE = '{"article": "letter", "quote": "Ann Lee signed it."}'
EXAMPLE = f'{{"id": "1", "question": "Who signed the letter?", "gold": [{PLACE}]}}'

_FIELDS = ("id", "question", "history", "answerable", "gold", "tags")
_PLACE_FIELDS = ("article", "start", "end", "quote", "answer")
_NOTES = ("note", "comment")


def read(data: bytes, longest: int) -> Loaded:
    """The questions of a file's bytes; `longest` is how many characters a question may have."""
    questions: list[GoldQuestion] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for number, said in objects(data, EXAMPLE):
        where = f"line {number}"
        found = [said] if isinstance(said, str) else list(_faults(said, longest))
        if isinstance(said, dict) and not any(id_faults("id", said.get("id"))):
            id_ = str(said["id"])
            if first.setdefault(id_, number) != number:
                found.append(f'"id" is {shown(id_)}, as in line {first[id_]}; give each question its own')
        if isinstance(said, dict) and not found:
            questions.append(_question(said, where))
        faults += [(where, fault) for fault in found]
    return Loaded(hashlib.sha256(data).hexdigest(), tuple(questions), tuple(faults), f"write one a line, as {EXAMPLE}")


def _question(said: dict[str, Any], where: str) -> GoldQuestion:
    return GoldQuestion(
        id=str(said["id"]),
        question=said["question"],
        history=tuple(said.get("history") or ()),
        gold=tuple(map(_span, said.get("gold") or ())),
        tags=tuple(dict.fromkeys(said.get("tags") or ())),
        where=where,
    )


def _span(said: dict[str, Any]) -> GoldSpan:
    quote, answer = (said.get(name) or "" for name in ("quote", "answer"))
    return GoldSpan(
        said["article"],
        said.get("start") or 0,
        said.get("end") or 0,
        answer if answer.strip() else "",
        quote=quote if quote.strip() else "",
    )


def _faults(said: dict[str, Any], longest: int) -> Iterator[str]:
    yield from unknown_faults(said, _FIELDS, _NOTES)
    yield from id_faults("id", said.get("id"))
    yield from question_faults("question", said.get("question"), longest)
    yield from _list_faults("history", said.get("history"), "list the earlier questions")
    yield from _list_faults("tags", said.get("tags"), "list the tags")
    answerable, gold = said.get("answerable"), said.get("gold")
    if answerable is not None and not isinstance(answerable, bool):
        yield f'"answerable" is {kind(answerable)}; make it true or false, or leave it out'
    if gold is not None and not isinstance(gold, list):
        yield f'"gold" is {kind(gold)}; make it a list of places, as [{PLACE}]'
        return
    for number, place in enumerate(gold or (), start=1):
        yield from (f"gold {number}: {fault}" for fault in _place_faults(place))
    if answerable is True and not gold:
        yield f'"answerable" is true and "gold" has no place; add one, as {PLACE}, or make it false'
    elif answerable is False and gold:
        yield '"answerable" is false and "gold" has a place; make it true, or empty "gold"'


def _list_faults(name: str, value: object, remedy: str) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        yield f'"{name}" is not a list of texts; {remedy}, or leave it out'
        return
    for number, one in enumerate(value, start=1):
        if name == "history" or one.strip():
            yield from (label_faults if name == "tags" else text_faults)(f"{name} {number}", one)
        else:
            yield f'"{name}" has an empty text; fill it, or leave it out'


def _place_faults(said: object) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f"it is {kind(said)}; make it an object, as {PLACE}"
        return
    yield from unknown_faults(said, _PLACE_FIELDS, _NOTES)
    yield from label_faults("article", said.get("article"))
    texts = [*text_faults("quote", said.get("quote")), *text_faults("answer", said.get("answer"))]
    yield from texts
    yield from _offset_faults(said)
    quote, answer = said.get("quote"), said.get("answer")
    if not texts and quote and answer and " ".join(answer.split()).lower() not in " ".join(quote.split()).lower():
        yield f'"answer" {shown(answer)} does not stand in "quote"; copy it from there, or leave it out'


def _offset_faults(said: dict[str, Any]) -> Iterator[str]:
    offsets = {name: said.get(name) for name in ("start", "end")}
    missing = [name for name, value in offsets.items() if value is None]
    unfit = {name: value for name, value in offsets.items() if value is not None and type(value) is not int}
    quote = said.get("quote")
    for name, value in unfit.items():
        yield f'"{name}" is {kind(value)}; make it a whole number, or give a "quote" without offsets'
    if len(missing) == 2 and (quote is None or (isinstance(quote, str) and not quote.strip())):
        yield f'"quote" is missing, and so are "start" and "end"; copy the quote from the article, as {PLACE}'
    elif len(missing) == 1:
        yield f'"{missing[0]}" is missing; give both offsets, or a "quote" without them'
    elif not missing and not unfit:
        if said["start"] < 0:
            yield '"start" is below 0; count characters from 0'
        if said["end"] <= said["start"]:
            yield '"end" is not behind "start"; make it the offset behind the last character'
