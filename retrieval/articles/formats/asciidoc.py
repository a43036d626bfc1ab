"""What AsciiDoc does to a text before it reads it: comments, conditions, attributes. Pandoc leaves these to others."""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"//(?!/)")
_COMMENT_BLOCK = re.compile(r"/{4,}\s*\Z")
_LITERAL = re.compile(r"(-{4,}|\.{4,}|\+{4,}|`{3,}).*\Z")
"""What begins and ends text that is shown as it is."""
_DIRECTIVE = re.compile(r"(?:include|ifdef|ifndef|ifeval|endif)::\S*\[.*\]\s*\Z")
_ENTRY = re.compile(r":(?P<off>!?)(?P<name>\w[\w-]*)(?P<behind>!?):(?:[ \t]+(?P<value>.*))?\Z")
_REFERENCE = re.compile(r"(?<!\\)\{(\w[\w-]*)\}")
_CHARACTERS = {"nbsp": "\u00a0", "sp": " ", "empty": "", "amp": "&", "lt": "<", "gt": ">", "plus": "+", "vbar": "|"}
_LONGEST_VALUE = 1000
"""Characters of the longest value: each attribute may name others."""


def preprocessed(text: str) -> str:
    """Return AsciiDoc without comments and conditions, whose attributes are their values; nothing is included.

    What stands under a condition is read, whichever it is.
    """
    return "\n".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    values = dict(_CHARACTERS)
    literal = comment = ""
    for line in text.splitlines():
        bare = line.rstrip()
        if comment or (not literal and _COMMENT_BLOCK.match(bare)):
            comment = "" if bare == comment else comment or bare
        elif literal:
            literal = "" if bare == literal else literal
            yield line
        elif fence := _LITERAL.match(bare):
            literal = fence[1]
            yield line
        elif entry := _ENTRY.match(bare):
            value = _resolved(entry["value"] or "", values)
            if not (entry["off"] or entry["behind"]) and len(value) <= _LONGEST_VALUE:
                values[entry["name"]] = value
            yield line
        elif not _COMMENT.match(line) and not _DIRECTIVE.match(line):
            yield _resolved(line, values)


def _resolved(line: str, values: dict[str, str]) -> str:
    return _REFERENCE.sub(lambda name: values.get(name[1], name[0]), line)
