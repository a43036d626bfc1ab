"""What the readers of gold sets share: parsing bytes to JSON values, and describing what is wrong with a value."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from retrieval.answering.question import clean
from retrieval.errors import InputInvalid, QuestionInvalid
from retrieval.evaluation.records import GoldQuestion
from retrieval.regular_files import read_regular

Fault = tuple[str, str]
"""Where the fault is in the gold set, and what is wrong there, with the remedy."""

LARGEST = 2**30
"""Bytes of the largest file of a gold set that is read whole."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"
_LONGEST_QUOTED = 60  # characters of a text in a message


@dataclass(frozen=True, slots=True)
class Loaded:
    """The contents of a gold set: the valid questions, and the faults of the others."""

    sha256: str
    questions: tuple[GoldQuestion, ...]
    faults: tuple[Fault, ...]
    remedy: str
    """What to do if it has no question at all."""
    corpus: Callable[[Path], None] | None = None


class UnfitError(Exception):
    """A value that cannot be used; the message says why and gives the remedy."""


def file_bytes(file: Path) -> bytes:
    """Return a file's bytes; raise InputInvalid if it cannot be read or is UTF-16."""
    try:
        data = read_regular(file, LARGEST)
    except FileNotFoundError:
        raise InputInvalid(f"The gold set {file}", "does not exist", "name one that does") from None
    except OSError as error:
        raise InputInvalid(
            f"The gold set {file}", f"cannot be read ({error.strerror})", "check its permissions, or name another"
        ) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputInvalid(f"The gold set {file}", "is UTF-16", "save it as UTF-8")
    return data


def parse(data: bytes, remedy: str = "correct it") -> Any:
    """Parse a JSON value; raise UnfitError, with `remedy` for what is not JSON."""
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_each_once)
    except UnicodeDecodeError as error:
        raise UnfitError(f"is not UTF-8 (byte {error.start + 1:,}); save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        line = f"line {error.lineno:,}, " if error.lineno > 1 else ""
        raise UnfitError(f"is not JSON ({error.msg}, {line}column {error.colno:,}); {remedy}") from None
    except (ValueError, RecursionError):  # digits or brackets past Python's limits
        raise UnfitError(f"is not JSON that can be read (a number or nesting too large); {remedy}") from None


def objects(data: bytes, example: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield the number of each non-blank line with its object or its fault; `example` is a valid line."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.removeprefix(_BOM).strip():
            continue
        try:
            document = parse(line, f"write one object per line, such as {example}")
        except UnfitError as error:
            yield number, f"it {error}"
        else:
            fault = f"it is {kind(document)}; write an object, such as {example}"
            yield number, document if isinstance(document, dict) else fault


def unknown_faults(document: dict[str, Any], known: Sequence[str], notes: Sequence[str]) -> Iterator[str]:
    """Yield a fault for each unknown field; those in `notes`, or that begin with "_", are the author's own."""
    for name in document:
        if name in known or name in notes or name.startswith("_"):
            continue
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
        hint = f'did you mean "{near[0]}"?' if near else f"the fields are {', '.join(known)}"
        yield f'{quoted(name)} is not a field ({hint}); correct it, or begin it with "_" to keep it as a note'


def label_faults(name: str, value: object) -> Iterator[str]:
    """Yield the faults of an id or a name, which must be one line of text."""
    if value is None or (isinstance(value, str) and not value.strip()):
        yield f'"{name}" is missing; add it, as a string'
    elif not isinstance(value, str):
        yield f'"{name}" is {kind(value)}; make it a string'
    elif _SURROGATE.search(value):
        yield surrogate_fault(name)
    elif any(unicodedata.category(mark) in {"Cc", "Zl", "Zp"} for mark in value):
        yield f'"{name}" holds a line end or another control character; write it on one line'


def id_faults(name: str, value: object) -> Iterator[str]:
    """Yield the faults of a question's id, which must be a text or a whole number."""
    if isinstance(value, str) or value is None:
        yield from label_faults(name, value)
    elif isinstance(value, bool) or not isinstance(value, int):
        yield f'"{name}" is {kind(value)}; make it a string or a whole number'


def question_faults(name: str, value: object, longest: int) -> Iterator[str]:
    """Yield the faults of a question, which must be a text of at most `longest` characters."""
    if value is None:
        yield f'"{name}" is missing; add it, as a string'
    elif not isinstance(value, str):
        yield f'"{name}" is {kind(value)}; make it a string'
    elif _SURROGATE.search(value):
        yield surrogate_fault(name)
    else:
        try:
            clean(value, longest)
        except QuestionInvalid as error:
            yield f'"{name}" {error.reason}; {error.remedy}'


def text_faults(name: str, value: object) -> Iterator[str]:
    """Yield the faults of an optional text."""
    if value is not None and not isinstance(value, str):
        yield f'"{name}" is {kind(value)}; make it a string, or leave it out'
    elif isinstance(value, str) and _SURROGATE.search(value):
        yield surrogate_fault(name)


def surrogate_fault(name: str) -> str:
    """Return the fault of a text that cannot be encoded as UTF-8."""
    return f'"{name}" has half a character (a lone surrogate); write the whole character'


def kind(value: object) -> str:
    """Return the name of a JSON value's type."""
    if isinstance(value, bool):
        return "true or false"
    names = {str: "a string", int: "a number", float: "a number with a point", list: "a list", dict: "an object"}
    return names.get(type(value), "null")


def quoted(text: str) -> str:
    """Return a text for a message: in quotation marks, on one line, shortened, without control characters."""
    printable = "".join(mark if mark.isprintable() else "\ufffd" for mark in " ".join(text.split()))
    return f"“{printable if len(printable) <= _LONGEST_QUOTED else printable[: _LONGEST_QUOTED - 1] + '…'}”"


def _no_constant(name: str) -> NoReturn:
    raise UnfitError(f"is not JSON ({name} is not a JSON number); write a number, or leave it out")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in document if names.count(name) > 1)
        raise UnfitError(f"has the field {quoted(twice)} twice in one object; keep one of them")
    return document
