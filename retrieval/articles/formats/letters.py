"""Letters, .eml and mbox -> an article each: what was written, without the letters that it quotes below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses, parsedate_to_datetime

from retrieval.articles.formats.drafts import Draft, UnreadableError
from retrieval.articles.ids import without_meaning
from retrieval.articles.page_text import drop, html_tree, with_class

_LETTER = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d{4}[^\n]*\n(?=[A-Za-z-]+:)")
"""The line that begins a letter of an mbox: behind a blank line, and before the first field."""
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_INTRODUCTION = re.compile(r"\A.{0,200}(?:wrote|writes|schrieb|a écrit|escribió)\s?:\Z", re.DOTALL)
"""What stands before a letter that is quoted."""
_QUOTED_PARTS = (
    ".//blockquote[@type='cite']",
    *map(with_class, ("gmail_quote", "moz-cite-prefix", "moz-signature")),
)
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")


def read_letter(data: bytes) -> Iterator[Draft]:
    """Read one letter."""
    yield _draft(data)


def read_mbox(data: bytes) -> Iterator[Draft]:
    """Read the letters of a mailbox, each an article named for its Message-ID."""
    starts = list(_LETTER.finditer(data))
    if not starts:
        raise UnreadableError("holds no letters")
    ends = [start.start() for start in starts[1:]] + [len(data)]
    for start, end in zip(starts, ends, strict=True):
        draft = _draft(_ESCAPED.sub(rb"\1", data[start.end() : end]))
        words = (draft.facts["published"], draft.facts["title"])
        draft.name = without_meaning(" ".join(str(word) for word in words if word)) or "letter"
        yield draft


def _draft(data: bytes) -> Draft:
    letter = message_from_bytes(data, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    if not letter.keys():
        raise UnreadableError("is no letter: it has no header")
    draft = Draft(
        {
            "title": _field(letter, "subject"),
            "source": ", ".join(name or address for name, address in getaddresses([_field(letter, "from")])),
            "published": _date(_field(letter, "date")),
        }
    )
    body = letter.get_body(preferencelist=("plain", "html"))
    if body is not None:
        content = _content(body)
        if body.get_content_type() == "text/html":
            draft.html(_without_quoted_parts(content))
        else:
            _add_plain(draft, content)
    return draft


def _field(letter: EmailMessage, name: str) -> str:
    """Return a field of the header, as far as it can be read."""
    try:
        return str(letter.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):  # what the standard library raises for broken fields
        return ""


def _date(text: str) -> str | None:
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _content(body: MIMEPart) -> str:
    try:
        return str(body.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows
        raw = body.get_payload(decode=True)
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _add_plain(draft: Draft, content: str) -> None:
    text = content.replace("\r\n", "\n")
    if signature := _SIGNATURE.search(text):
        text = text[: signature.start()]
    paragraphs = []
    for paragraph in _PARAGRAPH_END.split(text):
        written = "\n".join(line.rstrip() for line in paragraph.split("\n") if not line.startswith(">"))
        if written.strip() and not _INTRODUCTION.match(written.strip()):
            paragraphs.append(written)
    draft.plain("\n\n".join(paragraphs))


def _without_quoted_parts(content: str) -> str:
    from lxml.html import tostring

    if not content.strip():
        return ""
    tree = html_tree(content)
    drop(tree, _QUOTED_PARTS)
    return str(tostring(tree, encoding="unicode"))
