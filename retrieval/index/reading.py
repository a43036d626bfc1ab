"""What reading and splitting a unit of the corpus gives, as bytes that any process may make and that are kept on disk.

A reading is the length of its header, the header (JSON), and for each article its record, text, pieces left out, terms
and passages. What the whole corpus has to be known for, the ids, is settled later.
"""

from __future__ import annotations

import errno
import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from retrieval.articles.conversion import Converter
from retrieval.articles.corpus import Unit, read_unit, unforeseen
from retrieval.articles.left_out import characters
from retrieval.articles.pdf_ocr import missing
from retrieval.encoding.encoder import EncoderSpec
from retrieval.errors import QuothError
from retrieval.index.article_records import describe
from retrieval.index.keys import KeyTable, key_of, keys_in
from retrieval.index.splitting import SplitArticle, SplitPassage, Splitter, article_key
from retrieval.records import Article, Warn

_HEADER = struct.Struct("<I")
_PARTS = struct.Struct("<6I")  # their lengths, and the CRC-32 of them all
_NO_PASSAGES = SplitArticle((), b"[]", b"")


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article of a reading, without its text and its passages."""

    position: int
    """Its place in its file."""
    id: str
    own_id: str
    """What it calls itself; see `Part`."""
    sha256: str
    key: str
    """Its `article_key`, in hex."""
    is_known: bool
    """Whether it is taken over from the generation before, and so was not split."""
    characters: int
    passages: str
    """The keys of its passages, in hex."""
    problem: str
    """Why it has no passages, as a part of a sentence."""
    warnings: Sequence[Warn]
    length: int
    """Bytes that its parts take."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a unit."""

    articles: Sequence[ReadArticle]
    warnings: Sequence[Warn]
    undated: Sequence[Warn]
    """Warnings that come behind all others of their file."""

    @property
    def is_final(self) -> bool:
        """Whether the same would be read the next time: nothing failed that may work then."""
        return not any(warn.retry for warn in self.warnings)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads and splits units; other processes do it the same way."""

    spec: EncoderSpec
    splitter: Callable[[], Splitter]
    is_known: Callable[[bytes], bool]
    """Whether an article with this key has passages in the generation before."""

    @classmethod
    def knowing(cls, known: bytes, spec: EncoderSpec, splitter: Splitter) -> Reader:
        """Return one with its splitter at hand; `known` are the keys of what has passages in the generation before."""
        table = KeyTable(keys_in(known))
        return cls(spec, lambda: splitter, lambda key: table.row(key) >= 0)

    def read_and_split(self, unit: Unit, converter: Converter) -> bytes:
        """Return the reading of a unit; raises ConverterNotStarted, TemporaryFilesUnusable."""
        read = read_unit(unit, converter)
        articles, parts = list[ReadArticle](), list[bytes]()
        for part in read.parts:
            article, warnings = part.article, list[Warn]()
            key = article_key(article)
            is_known = self.is_known(key)
            split = _NO_PASSAGES if is_known else self._split(article, warnings)
            parts.append(_dump_parts(article, split))
            articles.append(
                ReadArticle(
                    part.position,
                    article.id,
                    part.own_id,
                    article.sha256,
                    key.hex(),
                    is_known,
                    characters(article.text),
                    "".join(passage.to_encode.key(self.spec).hex() for passage in split.passages),
                    split.problem,
                    warnings,
                    len(parts[-1]),
                )
            )
        header = json.dumps(asdict(Reading(articles, read.warnings, read.undated))).encode("ascii")
        return b"".join([_HEADER.pack(len(header)), header, *parts])

    def _split(self, article: Article, warnings: list[Warn]) -> SplitArticle:
        """Split an article; none of its passages, with a warning, where that meets an error that nobody foresaw."""
        try:
            return self.splitter().split(article)
        except (MemoryError, OSError, QuothError):  # the machine's fault, not the article's
            raise
        except Exception as error:  # noqa: BLE001 - one article never ends the build
            warnings.append(replace(unforeseen(article.path or article.id, error), retry=False))
            return _NO_PASSAGES


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """An article of a reading, as it lies on disk."""

    record: bytes
    """As in articles.bin, with the id that it was read with."""
    text: bytes
    left_out: bytes
    terms: bytes
    passages_json: bytes

    @property
    def passages(self) -> list[SplitPassage]:
        """Its passages."""
        return [SplitPassage(*fields) for fields in json.loads(self.passages_json)]


def unit_key(unit: Unit) -> bytes:
    """Return the key that the reading of a unit is kept under: it changes when another would be read."""
    lines = hashlib.sha256(unit.lines).digest() if unit.first else b""
    source, can_ocr = unit.source, not missing()
    return key_of(source.path, source.sha256, source.metadata_digest, str(unit.first), lines, str(can_ocr))


def failed_reading(unit: Unit, reason: str) -> bytes:
    """Return the reading of a unit that could not be read this time."""
    lines = f":{unit.first}" if unit.first else ""
    warn = Warn(f"{unit.source.path}{lines}", reason, retry=True)
    header = json.dumps(asdict(Reading((), [warn], ()))).encode("ascii")
    return _HEADER.pack(len(header)) + header


def parse_reading(raw: bytes) -> tuple[Reading, int]:
    """Return a reading from its bytes, and where the parts of its articles begin in them."""
    (length,) = _HEADER.unpack_from(raw)
    content = json.loads(raw[_HEADER.size : _HEADER.size + length])
    articles = [ReadArticle(**{**fields, "warnings": _warnings(fields["warnings"])}) for fields in content["articles"]]
    reading = Reading(articles, _warnings(content["warnings"]), _warnings(content["undated"]))
    return reading, _HEADER.size + length


def parse_parts(raw: bytes) -> ArticleParts:
    """Return the parts of an article from its bytes in a reading; raises OSError where they are others now."""
    *lengths, checksum = _PARTS.unpack_from(raw)
    at = _PARTS.size
    if zlib.crc32(memoryview(raw)[at:]) != checksum:
        raise OSError(errno.EIO, "what was read of an article does not read back as it was written")
    parts = list[bytes]()
    for length in lengths:
        parts.append(raw[at : at + length])
        at += length
    return ArticleParts(*parts)


def _dump_parts(article: Article, split: SplitArticle) -> bytes:
    passages = json.dumps([list(_fields(passage)) for passage in split.passages], ensure_ascii=False)
    text = article.text.encode("utf-8", "surrogatepass")
    parts = describe(article), text, split.left_out, split.terms, passages.encode("utf-8", "surrogatepass")
    joined = b"".join(parts)
    return _PARTS.pack(*map(len, parts), zlib.crc32(joined)) + joined


def _fields(passage: SplitPassage) -> tuple[object, ...]:
    place = passage.start, passage.end, passage.sentences, passage.context, passage.headings
    return passage.title, passage.text, *place


def _warnings(entries: Sequence[dict[str, object]]) -> list[Warn]:
    return [Warn(**entry) for entry in entries]  # type: ignore[arg-type]
