"""A JSONL corpus -> its articles, one a line, whose texts are what the lines hold."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from retrieval.articles.facts import facts_of, first_of
from retrieval.articles.ids import distinct, fitted, unfit
from retrieval.articles.metadata import BARE, Metadata, with_facts
from retrieval.records import Article, Warn

LONGEST_LINE = 64 * 2**20
"""Bytes of the longest line of a JSONL corpus that is read."""
_HALF = re.compile(r"[\ud800-\udfff]")


class FileChangedError(Exception):
    """A file that is not what it was when the corpus was scanned."""


class _LineError(Exception):
    """A line of a JSONL corpus that holds no article."""


class _Object(dict[str, Any]):
    """An object of JSON that knows whether it was written with one key twice."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = Counter(name for name, _ in pairs)
        self.repeated = next((name for name, count in names.items() if count > 1), "")


def cut_lines(file: Path, sha256: str, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a JSONL file in parts of about `size` bytes, each with the number of its first line.

    A line that is too long is a part of its own, cut short. Raises OSError, and FileChangedError at the end where the
    file does not have this digest.
    """
    digest = hashlib.sha256()
    number, first, part = 0, 1, bytearray()
    with file.open("rb") as lines:
        while line := lines.readline(LONGEST_LINE):
            number += 1
            digest.update(line)
            is_too_long = len(line) == LONGEST_LINE and not line.endswith(b"\n")
            if part and (is_too_long or len(part) + len(line) > size):
                yield first, bytes(part)
                first, part = number, bytearray()
            part += line
            if is_too_long:
                while (rest := lines.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    digest.update(rest)
                digest.update(rest)
                yield first, bytes(part)
                first, part = number + 1, bytearray()
    if digest.hexdigest() != sha256:
        raise FileChangedError
    if part:
        yield first, bytes(part)


def read_lines(lines: bytes, first: int, path: str, metadata: Metadata = BARE) -> tuple[dict[int, Article], list[Warn]]:
    """Read one article from each of the lines, of which the first has the number `first`; return them by number.

    Each has the digest of its line without the line end, and the id that the line gives it.
    """
    articles: dict[int, Article] = {}
    warns: list[Warn] = []
    split = lines.split(b"\n")
    for number, line in enumerate(split[:-1] if not split[-1] else split, first):
        try:
            if len(line) >= LONGEST_LINE:
                raise _LineError(f"is longer than {LONGEST_LINE >> 20} MiB")
            if line.strip():
                article, problems = _line_article(line.rstrip(b"\r\n"), path, metadata)
                articles[number] = article
                warns += [Warn(f"{path}:{number}", problem, skipped=False) for problem in problems]
        except _LineError as bad:
            warns.append(Warn(f"{path}:{number}", str(bad)))
    return articles, warns


def give_ids(versions: Mapping[int, tuple[str, str]], path: str) -> tuple[dict[int, str], list[Warn]]:
    """Give the articles of numbered lines ids of their own, leaving out lines that repeat one.

    `versions` are the id that a line gives its article, and its digest. Return the ids by number, and the warnings.
    """
    first: dict[tuple[str, str], int] = {}
    own_ids: dict[int, str] = {}
    warns: list[Warn] = []
    for number, version in versions.items():
        if (line := first.setdefault(version, number)) != number:
            warns.append(Warn(f"{path}:{number}", f"is the same as line {line}: it is read once"))
        else:
            own_ids[number] = version[0]
    ids = dict(zip(own_ids, distinct(list(own_ids.values())), strict=True))
    owners = {id_: number for number, id_ in ids.items()}
    for number, id_ in ids.items():
        own_id = own_ids[number]
        if id_ == own_id:
            continue
        reason = f"id {unfit(own_id)}" if unfit(own_id) else ""
        if id_ != fitted(own_id):
            reason = f"has the id {own_id!r}, as line {owners[fitted(own_id)]} has: it is given the id {id_!r}"
        warns.append(Warn(f"{path}:{number}", reason, skipped=False))
    return ids, warns


def _line_article(line: bytes, path: str, metadata: Metadata) -> tuple[Article, list[str]]:
    """Return the article of one line, and which of its facts had to be ignored."""
    try:
        raw = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_Object)
    except UnicodeDecodeError:
        raise _LineError("is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise _LineError(f"is not valid JSON ({getattr(error, 'msg', 'it nests or counts too far')})") from None
    if not isinstance(raw, _Object):
        raise _LineError("is not a JSON object")
    if raw.repeated:
        raise _LineError(f'has the key "{raw.repeated}" twice')
    text = raw.get("text")
    if not isinstance(text, str):
        raise _LineError('has no "text"')
    if not text.strip():
        raise _LineError("has an empty text")
    if _HALF.search(text):
        raise _LineError("holds half of a character (a lone surrogate)")
    names = metadata.names
    facts, problems = facts_of(raw, names)
    about_id = tuple(f"{name.lstrip('_')} " for name in names.id)
    if facts.id is None:
        named = " or ".join(f'"{name}"' for name in names.id)
        raise _LineError(next((problem for problem in problems if problem.startswith(about_id)), f"has no {named}"))
    raw_id = first_of(raw, names.id)
    article = Article(
        raw_id if isinstance(raw_id, str) else facts.id,
        text,
        facts.title or facts.id,
        hashlib.sha256(line).hexdigest(),
        path=path,
        converted=True,
    )
    return with_facts(article, facts, metadata), [problem for problem in problems if not problem.startswith(about_id)]
