"""quoth's own gold format: one JSON line {"id", "question", "history", "answerable", "gold", "tags"} per question.

"id" and "question" are required. "gold" lists the places that answer the question; it is empty if the corpus has no
answer. A place is an "article" with a "quote" from it, or with "start" and "end", or with both; "answer" has the words
within it that answer. "note", "comment" and names that begin with "_" are free for notes.
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
    quoted,
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
    """Read the questions of a file's bytes, each of at most `longest` characters."""
    questions: list[GoldQuestion] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for number, entry in objects(data, EXAMPLE):
        where = f"line {number}"
        unfit = [entry] if isinstance(entry, str) else list(_faults(entry, longest))
        if isinstance(entry, dict) and not any(id_faults("id", entry.get("id"))):
            id_ = str(entry["id"])
            if first.setdefault(id_, number) != number:
                unfit.append(f'"id" is {quoted(id_)}, as in line {first[id_]}; give each question its own')
        if isinstance(entry, dict) and not unfit:
            questions.append(_question(entry, where))
        faults += [(where, fault) for fault in unfit]
    return Loaded(
        hashlib.sha256(data).hexdigest(),
        tuple(questions),
        tuple(faults),
        f"write one question per line, such as {EXAMPLE}",
    )


def _question(entry: dict[str, Any], where: str) -> GoldQuestion:
    return GoldQuestion(
        id=str(entry["id"]),
        question=entry["question"],
        history=tuple(entry.get("history") or ()),
        gold=tuple(map(_span, entry.get("gold") or ())),
        tags=tuple(dict.fromkeys(entry.get("tags") or ())),
        where=where,
    )


def _span(place: dict[str, Any]) -> GoldSpan:
    quote, answer = (place.get(name) or "" for name in ("quote", "answer"))
    return GoldSpan(
        place["article"],
        place.get("start") or 0,
        place.get("end") or 0,
        answer if answer.strip() else "",
        quote=quote if quote.strip() else "",
    )


def _faults(entry: dict[str, Any], longest: int) -> Iterator[str]:
    yield from unknown_faults(entry, _FIELDS, _NOTES)
    yield from id_faults("id", entry.get("id"))
    yield from question_faults("question", entry.get("question"), longest)
    yield from _list_faults("history", entry.get("history"), "list the earlier questions")
    yield from _list_faults("tags", entry.get("tags"), "list the tags")
    answerable, gold = entry.get("answerable"), entry.get("gold")
    if answerable is not None and not isinstance(answerable, bool):
        yield f'"answerable" is {kind(answerable)}; make it true or false, or leave it out'
    if gold is not None and not isinstance(gold, list):
        yield f'"gold" is {kind(gold)}; make it a list of places, such as [{PLACE}]'
        return
    for number, place in enumerate(gold or (), start=1):
        yield from (f"gold {number}: {fault}" for fault in _place_faults(place))
    if answerable is True and not gold:
        yield f'"answerable" is true and "gold" has no place; add one, such as {PLACE}, or make it false'
    elif answerable is False and gold:
        yield '"answerable" is false and "gold" has a place; make it true, or empty "gold"'


def _list_faults(name: str, value: object, remedy: str) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        yield f'"{name}" is not a list of strings; {remedy}, or leave it out'
        return
    for number, text in enumerate(value, start=1):
        if name == "history" or text.strip():
            yield from (label_faults if name == "tags" else text_faults)(f"{name} {number}", text)
        else:
            yield f'"{name}" has an empty text; fill it, or leave it out'


def _place_faults(place: object) -> Iterator[str]:
    if not isinstance(place, dict):
        yield f"it is {kind(place)}; make it an object, such as {PLACE}"
        return
    yield from unknown_faults(place, _PLACE_FIELDS, _NOTES)
    yield from label_faults("article", place.get("article"))
    texts = [*text_faults("quote", place.get("quote")), *text_faults("answer", place.get("answer"))]
    yield from texts
    yield from _offset_faults(place)
    quote, answer = place.get("quote"), place.get("answer")
    if not texts and quote and answer and " ".join(answer.split()).lower() not in " ".join(quote.split()).lower():
        yield f'"answer" {quoted(answer)} is not in "quote"; copy it from there, or leave it out'


def _offset_faults(place: dict[str, Any]) -> Iterator[str]:
    offsets = {name: place.get(name) for name in ("start", "end")}
    missing = [name for name, value in offsets.items() if value is None]
    unfit = {name: value for name, value in offsets.items() if value is not None and type(value) is not int}
    quote = place.get("quote")
    for name, value in unfit.items():
        yield f'"{name}" is {kind(value)}; make it a whole number, or give a "quote" without offsets'
    if len(missing) == 2 and (quote is None or (isinstance(quote, str) and not quote.strip())):
        yield f'"quote" is missing, and so are "start" and "end"; copy the quote from the article, as in {PLACE}'
    elif len(missing) == 1:
        yield f'"{missing[0]}" is missing; give both offsets, or a "quote" without them'
    elif not missing and not unfit:
        if place["start"] < 0:
            yield '"start" is below 0; count characters from 0'
        if place["end"] <= place["start"]:
            yield '"end" is not after "start"; make it the offset after the last character'
