"""What a format's reader gives, blocks and facts -> articles, whose text is that of the blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from retrieval.articles.facts import facts_of
from retrieval.articles.html_blocks import PageBlock, page_of
from retrieval.articles.ids import distinct, path_id
from retrieval.articles.made_by import made_by
from retrieval.articles.page_text import TooDeepError, html_tree, storable, written
from retrieval.articles.plain_text import plain_blocks
from retrieval.articles.style_rules import SheetsTooLargeError
from retrieval.articles.text_files import decode, path_title
from retrieval.records import Article, Kind, Warn

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Outcome = tuple[list[Article], list[Warn]]
_BOM = "\ufeff"


class UnreadableError(Exception):
    """A file that its format's reader cannot read; says why, as a part of a sentence."""


class UnknownFormatError(Exception):
    """A file whose ending is that of many formats, and which is of none that is read."""


@dataclass(slots=True)
class Draft:
    """A document whose blocks are being collected."""

    facts: dict[str, object] = field(default_factory=dict)
    """Title, source, url, published, tags, language and id, of whatever types the document has them."""
    name: str = ""
    """What tells it from the other articles of its file; empty where it has its file for itself."""
    blocks: list[PageBlock] = field(default_factory=list)
    _places: list[tuple[int, int, str, str | None]] = field(default_factory=list)
    """Number of a block, offset in it, label and address."""

    @property
    def first_heading(self) -> str | None:
        """The first heading of the first level; None without one."""
        headings = (block.text for block in self.blocks if block.kind is Kind.HEADING and block.level == 1)
        return next(headings, None)

    def add(self, text: str, kind: Kind = Kind.PROSE, level: int = 0) -> None:
        """Add a block, unless it is empty."""
        if text := text.strip("\r\n") if kind is Kind.CODE else text.strip():
            is_item = kind in {Kind.ITEM, Kind.STEP}
            self.blocks.append(PageBlock(text, 0.0, 0, is_item, kind, level))

    def heading(self, text: str, level: int) -> None:
        """Add a heading of a level from 1 to 6, or LABEL."""
        self.add(" ".join(text.split()), Kind.HEADING, level)

    def plain(self, text: str) -> None:
        """Add the blocks of plain text, whose lines may be wrapped."""
        for block in plain_blocks(text, 0, pdf=False):
            words = text[block.start : block.end]
            is_text = block.kind not in {Kind.LINE, Kind.CODE}
            self.add(" ".join(words.split()) if is_text else words, block.kind, block.level)

    def html(self, html: str) -> None:
        """Add the blocks of HTML as its page shows them, all of them: a document holds no menus."""
        if html.strip():
            self.tree(html_tree(html))

    def tree(self, tree: HtmlElement) -> None:
        """Add the blocks of parsed HTML."""
        first = len(self.blocks)
        for block in page_of(tree).blocks:
            scope = block.scope + first if block.scope >= 0 else -1
            self.blocks.append(replace(block, linked=0.0, container=0, scope=scope))

    def table(self, rows: Sequence[Sequence[str]], *, has_header: bool) -> None:
        """Add the rows of a table, whose cells are one line each."""
        for number, row in enumerate(rows):
            kind = Kind.HEADER if has_header and not number else Kind.ROW
            self.add(" | ".join(" ".join(cell.split()) for cell in row).strip(" |"), kind)

    def place(self, label: str, url: str | None = None, *, offset: int = 0) -> None:
        """Say by which place and address the next block is cited, from an offset in it on."""
        self._places.append((len(self.blocks), offset, label, url))

    def article(self, path: str, sha256: str, converter: str) -> Article | None:
        """Return the article; None where it has no text."""
        text, layout = written(self.blocks, [True] * len(self.blocks))
        if not text.strip():
            return None
        facts, _ = facts_of(self.facts)
        places = tuple(
            (layout[block][0] + offset, label, url) for block, offset, label, url in self._places if block < len(layout)
        )
        return Article(
            id=facts.id or "/".join(filter(None, (path_id(path), self.name))),
            text=text,
            title=storable(facts.title or self.name or path_title(path)),
            sha256=sha256 if not self.name else hashlib.sha256(text.encode()).hexdigest(),
            path=path,
            source=facts.source,
            url=facts.url,
            published=facts.published,
            tags=facts.tags,
            language=facts.language,
            converted=True,
            converter=converter,
            layout=layout,
            places=places,
        )


Read = Callable[[bytes], Iterator[Draft]]
"""Reads the documents of a file; raises UnreadableError, UnknownFormatError."""


def reader(read: Read, *libraries: str) -> Callable[[bytes, str, str], Outcome]:
    """Return a converter that calls `read`, which these libraries do the work of."""

    def convert(data: bytes, path: str, sha256: str) -> Outcome:
        return convert_drafts(read, made_by(*libraries), data, path, sha256)

    return convert


def convert_drafts(read: Read, converter: str, data: bytes, path: str, sha256: str) -> Outcome:
    """Return the articles of a file, or the warning that it cannot be read, and why."""
    try:
        drafts = [draft.article(path, sha256, converter) for draft in read(data)]
    except MemoryError:
        raise
    except UnknownFormatError:
        ending = "." + path.lower().rpartition(".")[2]
        return [], [Warn(path, f"is of a format that is not read ({ending})", unread=ending)]
    except UnreadableError as error:
        return [], [Warn(path, str(error))]
    except (TooDeepError, RecursionError):
        return [], [Warn(path, "is nested too deep to be read whole")]
    except SheetsTooLargeError:
        return [], [Warn(path, "has style sheets too large to tell what they hide")]
    except Exception:  # noqa: BLE001 - a file may break any part of its reader; it is named and skipped
        return [], [Warn(path, "is damaged, or not of the format that its ending says")]
    articles = [draft for draft in drafts if draft is not None]
    if not articles:
        return [], [Warn(path, "has no text")]
    ids = distinct([article.id for article in articles])
    return [replace(article, id=id_) for article, id_ in zip(articles, ids, strict=True)], []


def text_of(data: bytes) -> str:
    """Decode a file of text; raises UnreadableError."""
    decoded = decode(data)
    if isinstance(decoded, str):
        raise UnreadableError(decoded)
    return decoded[0].removeprefix(_BOM)
