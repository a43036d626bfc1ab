"""What `--json` prints: the objects that scripts rely on, their keys in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from bot.formats.visible import HIDDEN
from retrieval.citations.freshness import OutdatedFile
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Answer, Citation, Filtered, Match, Quote, SearchResult, Warn
from retrieval.redaction import hide_tokens


def answer_object(answer: Answer, id_: str | int | None = None) -> dict[str, Any]:
    """Return an answer, with the id of its line; what not every answer has only where it has it."""
    fields: dict[str, Any] = {
        "id": id_,
        "question": answer.question,
        "searched": answer.searched,
        "answered": answer.answered,
        "confidence": answer.confidence,
        "quotes": [_quote(quote) for quote in answer.quotes],
        "nearest": [{"article": near.article, "title": near.title} for near in answer.nearest],
        "fingerprint": answer.fingerprint,
        "elapsed_ms": answer.elapsed_ms,
    }
    if answer.differences:
        fields["differences"] = [
            {"quotes": list(difference.quotes), "words": list(map(list, difference.words))}
            for difference in answer.differences
        ]
    if answer.unanswered:
        fields["unanswered"] = list(answer.unanswered)
    if answer.filtered:
        fields["filter"] = filter_object(answer.filtered)
    return {**fields, "as_of": answer.as_of} if answer.as_of else fields


def search_object(result: SearchResult) -> dict[str, Any]:
    """Return a page of what a search ranked; `filter` only where there is one."""
    fields = {
        "words": result.words,
        "searched": result.searched,
        "first": result.skipped + 1,
        "total": result.total,
        "passages": [
            {"text": passage.text, "score": round(passage.score, 6), "citation": citation_object(passage.citation)}
            for passage in result.passages
        ],
    }
    return {**fields, "filter": filter_object(result.filtered)} if result.filtered else fields


def filter_object(filtered: Filtered) -> dict[str, Any]:
    """Return a filter, and how many articles match; `undated` only where some do not for want of a date."""
    fields = {**filtered.filter.criteria, "articles": filtered.articles}
    return {**fields, "undated": filtered.undated} if filtered.undated else fields


def match_object(match: Match) -> dict[str, Any]:
    """Return the outcome of `quoth verify`.

    `source` and `elsewhere` only where a source was named, `version` only where that was not a current version.
    """
    fields: dict[str, Any] = {
        "text": match.text,
        "verdict": match.verdict,
        "citations": [citation_object(citation) for citation in match.citations],
        "nearest": match.nearest,
    }
    if not match.claimed:
        return fields
    fields |= {"source": [ref.article for ref in match.claimed], "elsewhere": match.is_elsewhere}
    return fields if match.version == "current" else {**fields, "version": match.version}


def place_object(span: CitedSpan) -> dict[str, Any]:
    """Return what a permalink cites, in its paragraph."""
    return {
        "text": span.text,
        "before": span.before,
        "after": span.after,
        "state": span.state,
        "citation": citation_object(span.citation),
    }


def with_outdated(fields: dict[str, Any], files: Sequence[OutdatedFile]) -> dict[str, Any]:
    """Return an object with the files that are not what was indexed, where there are any."""
    listed = [{"path": hide_tokens(file.path), "state": file.state} for file in files]
    return {**fields, "outdated": listed} if listed else fields


def warnings_object(warnings: Sequence[Warn]) -> list[dict[str, Any]]:
    """Return what a build did not read, or read with a warning."""
    return [{"path": hide_tokens(warn.path), "reason": warn.reason, "skipped": warn.skipped} for warn in warnings]


def dump(content: dict[str, Any]) -> str:
    """Return one line of JSON; characters that cannot be seen or written are escaped, and read back the same."""
    ascii_only = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    return line(content, ascii_only=ascii_only)


def line(content: dict[str, Any], *, ascii_only: bool = False) -> str:
    """Return one line of JSON as `dump` does, whatever standard output can write."""
    text = json.dumps(content, ensure_ascii=ascii_only)
    return HIDDEN.sub(lambda match: _escape(match.group()), text)


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"


def _quote(quote: Quote) -> dict[str, Any]:
    fields = {
        "text": quote.text,
        "score": round(quote.score, 6),
        "citation": citation_object(quote.citation),
        "also_in": [citation_object(citation) for citation in quote.also_in],
    }
    if quote.context:
        fields["context"] = list(quote.context)
    if quote.items:
        fields["items"] = dict(zip(("first", "last", "of"), quote.items, strict=True))
    return {**fields, "weak": True} if quote.weak else fields


def citation_object(citation: Citation) -> dict[str, Any]:
    """Return where a quote stands; `locator` and `converter` only where it has one."""
    fields: dict[str, Any] = {
        "ref": citation.ref,
        "article": citation.article,
        "title": citation.title,
        "source": citation.source,
        "published": citation.published,
        "url": citation.url,
        "path": citation.path,
        "encoding": citation.encoding,
        "start": citation.start,
        "end": citation.end,
        "paragraph": citation.paragraph,
        "section": list(citation.section),
        "sha256": citation.sha256,
    }
    optional = {"locator": citation.locator, "converter": citation.converter}
    return {**fields, **{name: value for name, value in optional.items() if value}}
