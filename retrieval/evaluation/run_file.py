"""Stores a measured run as a JSON file, written whole or not at all and read back unchanged."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, NoReturn, get_args, get_origin, get_type_hints

from retrieval.errors import InputInvalid
from retrieval.evaluation.records import Outcome, Provenance, Report, Run
from retrieval.files import write_whole
from retrieval.regular_files import read_regular
from retrieval.remedies import WriteRun

FORMAT = 1
LARGEST = 2**30
"""Bytes of the largest run that is read."""
REMEDY = "create it again with quoth", WriteRun()
NAME_ONE = "name one that quoth", WriteRun(), " wrote"

_GOLD_KEYS = ("question", "data")

Reader = Callable[[Any, str], Any]
"""Converts a JSON value, given the path to it, to a record's value; raises _Fault."""


class _Fault(Exception):
    """A value of the wrong type, with the path to it and the expected type."""


def write(path: Path, report: Report) -> None:
    """Write a report to the path, whole or not at all; raise InputInvalid."""
    run = report.run
    document = {
        "format": FORMAT,
        "provenance": run.provenance,
        "figures": report.figures,
        "slices": report.slices,
        "curve": report.curve,
        "reliability": report.reliability,
        "seconds": run.seconds,
        "outcomes": run.outcomes,
    }
    data = (json.dumps(document, default=_described, allow_nan=False) + "\n").encode()
    try:
        write_whole(path, data)
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise InputInvalid(f"The run file {path}", reason, "name a file in a folder that can be written") from error


def read(path: Path) -> Run:
    """Read the run of a file written by `write`, without its figures, which follow from it; raise InputInvalid."""
    try:
        raw = read_regular(path, LARGEST)
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        raise InputInvalid(f"The run file {path}", reason, NAME_ONE) from error
    if _is_gold(raw):
        raise InputInvalid(f"The run file {path}", "is a gold set, not a run", NAME_ONE)
    try:
        document = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputInvalid(f"The run file {path}", f"is not JSON ({error})", REMEDY) from error
    try:
        return _run(document)
    except _Fault as fault:
        raise InputInvalid(f"The run file {path}", str(fault), REMEDY) from fault


def _is_gold(raw: bytes) -> bool:
    """Return whether the file begins as a gold set does: a line with a question, or SQuAD's articles."""
    for text in (raw, raw.lstrip().partition(b"\n")[0]):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            continue
        return isinstance(document, dict) and "format" not in document and not document.keys().isdisjoint(_GOLD_KEYS)
    return False


def _run(document: Any) -> Run:
    if not isinstance(document, dict) or "format" not in document:
        raise _Fault("is not a run (it has no format number)")
    if type(document["format"]) is not int or document["format"] != FORMAT:
        raise _Fault(f"has format {document['format']!r}, but this version reads format {FORMAT}")
    readers = {
        "provenance": _record(Provenance),
        "outcomes": _of(tuple[Outcome, ...]),
        "seconds": _of(float),
    }
    for name in readers:
        if name not in document:
            raise _Fault(f"has no {name}")
    return Run(**{name: reader(document[name], name) for name, reader in readers.items()})


def _described(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


@cache
def _of(kind: Any) -> Reader:
    """Return the reader of a type that the records use: str, int, float, bool, None, tuples, unions and records."""
    if is_dataclass(kind) and isinstance(kind, type):
        return _record(kind)
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        return _sequence(_of(parts[0])) if parts[-1] is Ellipsis else _pair([_of(part) for part in parts])
    if isinstance(kind, UnionType):
        (known,) = [part for part in get_args(kind) if part is not type(None)]
        inner = _of(known)
        return lambda value, path: None if value is None else inner(value, path)
    return _scalar(kind)


def _record(kind: type) -> Reader:
    hints = get_type_hints(kind)
    readers = {entry.name: (_of(hints[entry.name]), _required(entry)) for entry in fields(kind)}

    def reader(document: Any, path: str) -> Any:
        if type(document) is not dict:
            _refuse(path, document, "an object")
        for name in document.keys() - readers.keys():
            raise _Fault(f"has {path}.{name}, which this version does not know")
        values = {}
        for name, (inner, required) in readers.items():
            if name in document:
                values[name] = inner(document[name], f"{path}.{name}")
            elif required:
                raise _Fault(f"has no {path}.{name}")
        return kind(**values)

    return reader


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _sequence(inner: Reader) -> Reader:
    def reader(value: Any, path: str) -> Any:
        if type(value) is not list:
            _refuse(path, value, "a list")
        return tuple(inner(element, f"{path}[{place}]") for place, element in enumerate(value))

    return reader


def _pair(parts: list[Reader]) -> Reader:
    def reader(value: Any, path: str) -> Any:
        if type(value) is not list or len(value) != len(parts):
            _refuse(path, value, f"a list of {len(parts)}")
        return tuple(
            inner(element, f"{path}[{place}]") for place, (inner, element) in enumerate(zip(parts, value, strict=True))
        )

    return reader


def _scalar(kind: type) -> Reader:
    description = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}[kind]

    def reader(value: Any, path: str) -> Any:
        fits = type(value) is kind or (kind is float and type(value) is int)
        if not fits or (kind is float and not abs(value) <= sys.float_info.max):
            _refuse(path, value, description)
        return kind(value)

    return reader


def _refuse(path: str, value: Any, expected: str) -> NoReturn:
    literal = json.dumps(value)
    raise _Fault(f"has {path} = {literal if len(literal) <= 40 else literal[:39] + '…'}, which should be {expected}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
