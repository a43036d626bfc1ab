"""One value of a setting: read from text, checked against its type and limits, and what is allowed in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

Limits = tuple[float, float]

_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class NotAllowedError(ValueError):
    """A value that a setting cannot have; the message says what is allowed."""


def from_text(kind: Any, text: str) -> object:
    """A value of an environment variable as TOML would give it; the text itself where it cannot be read as `kind`."""
    try:
        if kind is bool:
            return _WORDS[text.strip().lower()]
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
        if _is_ids(kind):
            return [int(part) for part in text.strip("[] ").split(",")]
        if _word_beside_number(kind):
            return text.strip() if text.strip() == _word_beside_number(kind) else float(text)
        if get_origin(kind) is Mapping:
            return {id_.strip(): path.strip() for id_, _, path in (pair.partition("=") for pair in text.split(","))}
    except (KeyError, ValueError):
        pass
    return text


def check(kind: Any, limits: Limits | None, value: object) -> Any:
    """The value in the setting's own type; raises NotAllowedError."""
    if not _fits(kind, limits, value):
        raise NotAllowedError(allowed(kind, limits))
    if kind is float:
        return float(value)  # type: ignore[arg-type]
    if _is_ids(kind):
        return tuple(value)  # type: ignore[arg-type]
    if _word_beside_number(kind):
        return value if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    if get_origin(kind) is Mapping:
        return {int(id_): Path(path) for id_, path in value.items()}  # type: ignore[attr-defined]
    if kind is Path:
        return Path(str(value))
    if _is_optional(Path, kind):
        return Path(str(value)) if value else None
    return value if value or not _is_optional(str, kind) else None


def allowed(kind: Any, limits: Limits | None) -> str:
    """What a setting of this type may be, as a sentence."""
    if get_origin(kind) is Literal:
        return f"allowed is one of {', '.join(repr(choice) for choice in get_args(kind))}"
    if _is_ids(kind):
        return "allowed is a list of ids, whole numbers"
    if get_origin(kind) is Mapping:
        return "allowed is a table of ids, whole numbers, and paths"
    if kind in (int, float) or _word_beside_number(kind):
        number = "a whole number" if kind is int else "a number"
        word = f"{_word_beside_number(kind)!r} or " if _word_beside_number(kind) else ""
        span = f" from {limits[0]:,} to {limits[1]:,}" if limits else ""
        return f"allowed is {word}{number}{span}"
    if _is_optional(Path, kind):
        return "allowed is the path of a folder, or nothing"
    if _is_optional(str, kind):
        return "allowed is a text, or nothing"
    return {bool: "allowed is true or false", Path: "allowed is the path of a file or folder"}.get(
        kind, "allowed is a text that is not empty"
    )


def _fits(kind: Any, limits: Limits | None, value: object) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if _is_ids(kind):
        return isinstance(value, list) and all(type(id_) is int and 0 < id_ < 2**64 for id_ in value)
    if get_origin(kind) is Mapping:
        return isinstance(value, dict) and all(_is_id(id_) and _fits(Path, None, path) for id_, path in value.items())
    if _word_beside_number(kind):
        return value == _word_beside_number(kind) or _fits(float, limits, value)
    if kind is bool:
        return isinstance(value, bool)
    if kind in (int, float):
        if not _is_number(value) or (kind is int and not isinstance(value, int)):
            return False
        return limits is None or limits[0] <= value <= limits[1]  # type: ignore[operator]
    optional = _is_optional(Path, kind) or (_is_optional(str, kind) and not value)
    return isinstance(value, str) and "\0" not in value and (bool(value.strip()) or optional)


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and (isinstance(value, int) or math.isfinite(value))  # type: ignore[arg-type]


def _word_beside_number(kind: Any) -> str | None:
    """The word that a setting may be instead of a number; None where it may be none."""
    number, *word = get_args(kind) or (None,)
    return get_args(word[0])[0] if number is float and word and get_origin(word[0]) is Literal else None


def _is_ids(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind) == (int, ...)


def _is_id(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 20


def _is_optional(what: type, kind: Any) -> bool:
    return set(get_args(kind)) == {what, type(None)}
