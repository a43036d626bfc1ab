"""The filter of a conversation, as it is typed: `since 2023 source "Harbour Gazette"`."""

from __future__ import annotations

import shlex
from dataclasses import fields

from bot.answering.filters import filter_named
from retrieval.errors import FilterInvalid
from retrieval.records import Filter

NAMES = tuple(field.name for field in fields(Filter))
EXAMPLE = 'write it as in /filter since 2023 source "Harbour Gazette"'


def filter_in(text: str) -> Filter | None:
    """Return the filter that a line names, with or without the marks of options; raises FilterInvalid.

    A value goes on until the next name, so that it needs quotation marks only where it holds one.
    """
    values: dict[str, str] = {}
    name = ""
    for word, is_quoted in _words(text):
        option, equals, value = word.removeprefix("--").partition("=")
        if not is_quoted and option.lower() in NAMES and (equals or option.lower() not in values):
            name = option.lower()
            values[name] = value
        elif name:
            values[name] = f"{values[name]} {word}".strip()
        else:
            raise FilterInvalid(f"The filter {word!r}", f"is none of {', '.join(NAMES)}", EXAMPLE)
    return filter_named(**values)


def _words(text: str) -> list[tuple[str, bool]]:
    """Return the words of a line, those in quotation marks as one, and whether each was in such marks."""
    lexer = shlex.shlex(text, posix=False, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.quotes = True, "", '"'
    try:
        words = list(lexer)
    except ValueError:
        raise FilterInvalid("The filter", "has a quotation mark that is not closed", EXAMPLE) from None
    return [(word.replace('"', ""), word.startswith('"')) for word in words]
