"""A measured run as a JSON file: written whole or not at all, read back exactly as it was."""

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
from retrieval.paths import read_whole

FORMAT = 1
REMEDY = "make it again with quoth eval --json"
NAME_ONE = "name one that quoth eval --json wrote"

Reader = Callable[[Any, str], Any]
"""From a JSON value and the path to it to what a record has; raises _Fault."""


class _Fault(Exception):
    """A value that does not fit, with the path to it and what it should be."""


def write(path: Path, report: Report) -> None:
    """Write a report beside the path, then put it in its place; raises InputInvalid."""
    run = report.run
    document = {
        "format": FORMAT,
        "provenance": run.provenance,
        "figures": report.figures,
        "slices": report.slices,
        "curve": report.curve,
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
    """The run of a file that `write` wrote; its figures are not read, they follow from it. Raises InputInvalid."""
    try:
        raw = read_whole(path)
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
    """Whether it begins as a gold set does: a line with a question, or SQuAD's articles."""
    for part in (raw, raw.lstrip().partition(b"\n")[0]):
        try:
            said = json.loads(part)
        except (ValueError, RecursionError):
            continue
        return isinstance(said, dict) and "format" not in said and ("question" in said or "data" in said)
    return False


def _run(document: Any) -> Run:
    if not isinstance(document, dict) or "format" not in document:
        raise _Fault("is not a run, for it has no format number")
    if type(document["format"]) is not int or document["format"] != FORMAT:
        raise _Fault(f"has format {document['format']!r}, and {FORMAT} is what this version reads")
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
    """The reader of a type that the records use: str, int, float, bool, None, tuples, unions and records."""
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
    readers = {one.name: (_of(hints[one.name]), _required(one)) for one in fields(kind)}

    def reader(value: Any, path: str) -> Any:
        if type(value) is not dict:
            _refuse(path, value, "an object")
        for name in value.keys() - readers.keys():
            raise _Fault(f"has {path}.{name}, which this version does not know")
        read = {}
        for name, (inner, required) in readers.items():
            if name in value:
                read[name] = inner(value[name], f"{path}.{name}")
            elif required:
                raise _Fault(f"has no {path}.{name}")
        return kind(**read)

    return reader


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _sequence(inner: Reader) -> Reader:
    def reader(value: Any, path: str) -> Any:
        if type(value) is not list:
            _refuse(path, value, "a list")
        return tuple(inner(one, f"{path}[{place}]") for place, one in enumerate(value))

    return reader


def _pair(parts: list[Reader]) -> Reader:
    def reader(value: Any, path: str) -> Any:
        if type(value) is not list or len(value) != len(parts):
            _refuse(path, value, f"a list of {len(parts)}")
        return tuple(
            inner(one, f"{path}[{place}]") for place, (inner, one) in enumerate(zip(parts, value, strict=True))
        )

    return reader


def _scalar(kind: type) -> Reader:
    said = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}[kind]

    def reader(value: Any, path: str) -> Any:
        fits = type(value) is kind or (kind is float and type(value) is int)
        if not fits or (kind is float and not abs(value) <= sys.float_info.max):
            _refuse(path, value, said)
        return kind(value)

    return reader


def _refuse(path: str, value: Any, wanted: str) -> NoReturn:
    shown = json.dumps(value)
    raise _Fault(f"has {path} = {shown if len(shown) <= 40 else shown[:39] + '…'}, which should be {wanted}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
