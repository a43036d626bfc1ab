"""An article's text -> its blocks, with sentences healed that a scrape broke across lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from retrieval.articles.boilerplate import is_boilerplate
from retrieval.articles.markdown import markdown_blocks
from retrieval.articles.structure import Block
from retrieval.articles.visible import MARKDOWN, ending_of
from retrieval.records import Article, Kind


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    after_blank: bool


_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_LINE_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_MONTH = (
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Jän|Mär|Mai|Okt|Dez|janv|févr|mars|avril|mai|juin|juil|août|"
    r"déc)"
)
_BULLET = re.compile(rf"(?:[-*•·‣◦▪●–]|\(?(\d{{1,2}}(?!\.\s+{_MONTH})|[a-z](?!\.\s*\d))[.)])\s+")
_ENDS = re.compile(r"(?:[.!?…。！？؟۔।॥][”’»\"')\]}」』）*_]*(?:\[\w{1,4}\])*)\s*\Z")
_TITLE_ENDS = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt|Rev|Hon|St)\.\s*\Z")
_SENTENCE_INSIDE = re.compile(r"[a-z]{3}[.!?…][”’\"')\]]*\s+[“‘\"'(]?[^\W\d_a-z]")
_LOWER_START = re.compile(r"[“‘\"'(\[…—,; ]{0,3}([^\W\d_\u10a0-\u10ff][\w’'-]*)")
_LEFT_OPEN = re.compile(
    r"(?:,|\b(?:the|a|an|of|and|or|but|with|from|by|for|his|her|their|its|our|whose|than|because|Mr\.|Mrs\.|Ms\.|Dr\.))\s*\Z"
)
_HANGS = re.compile(
    r"(?:\b(?:that|whether|if|not|never|is|are|was|were|be|been|being|has|have|had|will|would|could|should|may|might|must|"
    r"cannot|can|no|nor|neither|who|which|whom|said|says|claimed|claims|denied|denies|alleged|says?)|n['’]t)\s*\Z",
    re.IGNORECASE,
)
"""A line end behind such a word is within a sentence, and what follows says another thing without it."""
_PREDICATE = frozenset({
    "said", "says", "told", "tells", "added", "wrote", "called", "has", "had", "have", "is", "was", "are", "were",
    "will", "would", "also", "did", "who", "and",
})  # fmt: skip
_PARTICLES = frozenset(
    {"de", "da", "di", "du", "del", "der", "den", "van", "von", "la", "le", "al", "bin", "of", "and"}
)
_NAME_PART = re.compile(r"[^\W\d_a-z][\w.’'-]{0,24}")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST_WRAP = 120
LONGEST_VERSE = 70
_LEAST_STANZA = 3
"""Lines that make it plain that they are meant as lines; beside them, fewer may be."""
FIELD = re.compile(r"[^\W\d_][^:\n]{0,40}:\s+\S")
"""A line that names a field and its value."""
CONTACT = re.compile(r"[^\W\d_][^:\n]{0,40}:\s+(?:[\d\W]+|\S+@\S+|(?:https?://|www\.)\S+)")
"""A field whose value is a number or an address, and so no headline."""
_MOST_PIECES = 20  # short pieces in a row that a sentence may be broken into; more of them are a list
_LONGEST_HEADLINE = 200
_FRONT_FIELD = re.compile(
    r"^(?P<key>description|summary|abstract|excerpt|answer|subtitle|tagline|question|q|a)[ \t]*:[ \t]*"
    r"(?:[|>][+-]?[ \t]*\r?\n[ \t]+)?(?P<mark>[\"']?)(?P<value>\S[^\n]*?(?:\n[ \t]+\S[^\n]*?)*)(?P=mark)[ \t]*\r?$",
    re.MULTILINE | re.IGNORECASE,
)
_ASKED = frozenset({"question", "q"})


def blocks_of(article: Article) -> list[Block]:
    """Cut an article's body into blocks, in order; a sentence never stands in two of them."""
    text, ending = article.text, ending_of(article)
    if ending in MARKDOWN:
        blocks = [*front_fields(text, article.body), *markdown_blocks(text, article.body, mdx=ending == "mdx")]
    elif article.layout:
        blocks = [
            Block(start, end, Kind(kind), level, scope=scope, healable=False)
            for start, end, kind, level, scope in article.layout
        ]
    else:
        blocks = _plain_blocks(text, article.body, pdf=ending == "pdf")
    blocks = [_without_boilerplate(text, block) for block in blocks]
    blocks = _without_headline(text, blocks, article.title)
    return _heal(text, blocks)


def ends_sentence(text: str) -> bool:
    """Return whether a text ends as a sentence does: punctuation, and quotes or brackets behind it."""
    return bool(_ENDS.search(text[-60:])) and not ends_in_title(text)


def ends_in_title(text: str) -> bool:
    """Return whether a text ends in a title with a full stop ("Mr."), which ends no sentence."""
    return bool(_TITLE_ENDS.search(text[-60:]))


def is_fragment(text: str) -> bool:
    """Return whether a text is too short for a sentence that lost its full stop: a heading, a name, a label."""
    if text.endswith((":", "：")):
        return word_count(text) < 12
    return len(text) < 90 and not ends_sentence(text) and word_count(text) < 12


def word_count(text: str) -> int:
    """Count the words in the first 1,000 characters; two characters of a script without spaces count as one."""
    text = text[:1000]
    return sum(any(map(str.isalnum, word)) for word in text.split()) + len(_CJK.findall(text)) // 2


def front_fields(text: str, body: int) -> list[Block]:
    """Return the blocks of front matter that is prose: a description, an answer, the question it belongs to."""
    blocks = []
    for field in _FRONT_FIELD.finditer(text, 0, body):
        start, end = field.span("value")
        if field["key"].lower() in _ASKED:
            blocks.append(Block(start, end, Kind.HEADING, 1))
        else:
            blocks.append(Block(start, end, Kind.PROSE, healable=False))
    return sorted(blocks, key=lambda block: block.kind is not Kind.HEADING)


def _lines(text: str, body: int) -> Iterator[_Line]:
    """Yield every line that is not blank, without white space around it."""
    behind = body
    for match in _LINE.finditer(text, body):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        end = match.start() + len(line.rstrip())
        if start < end:
            gap = text[behind:start]
            yield _Line(start, end, behind == body or len(_LINE_END.findall(gap)) > 1)
            behind = end


def _plain_blocks(text: str, body: int, *, pdf: bool) -> list[Block]:
    """Cut plain text: a single line end is a soft wrap or the end of a paragraph, whichever the file uses."""
    lines = list(_lines(text, body))
    verses = _verses(text, lines)
    longest = max((line.end - line.start for line in lines if " " in text[line.start : line.end]), default=0)
    blocks: list[Block] = []
    before: _Line | None = None
    for row, line in enumerate(lines):
        line_text = text[line.start : line.end]
        if row in verses and not pdf:
            blocks.append(Block(line.start, line.end, Kind.LINE, healable=False))
            before = None
            continue
        wraps = before is not None and not line.after_blank and _wraps(text, before, line_text, longest, pdf=pdf)
        mark = _bullet(line_text, blocks[-1].kind if wraps else None)
        if mark:
            blocks.append(Block(line.start + mark, line.end, Kind.ITEM))
        elif wraps:
            blocks[-1] = replace(blocks[-1], end=line.end)
        else:
            blocks.append(Block(line.start, line.end, Kind.PROSE))
        before = line
    return blocks


def _verses(text: str, lines: Sequence[_Line]) -> frozenset[int]:
    """Return the rows of lines that are meant as lines: groups of short ones, few of which end as a sentence does."""
    verses: list[int] = []
    shorter: list[int] = []
    first = 0
    for row in range(1, len(lines) + 1):
        if row < len(lines) and not lines[row].after_blank:
            continue
        group = [text[line.start : line.end] for line in lines[first:row]]
        if len(group) > 1 and all(map(FIELD.match, group)) and _are_lines(group):
            verses += range(first, row)
        elif _are_lines(group) and _is_stanza(group):
            (verses if len(group) >= _LEAST_STANZA else shorter).extend(range(first, row))
        first = row
    return frozenset([*verses, *shorter] if verses else ())


def _are_lines(group: Sequence[str]) -> bool:
    """Return whether lines may each stand for themselves: none is long, or goes on in the next."""
    short = all(len(line) <= LONGEST_VERSE and line.count(". ") == 0 and not _BULLET.match(line) for line in group)
    return short and not any(map(_HANGS.search, group))


def _is_stanza(group: Sequence[str]) -> bool:
    """Return whether each of several lines begins as a verse does, while not all of them end sentences."""
    ended = sum(line.endswith((".", "!", "?", ",", ";")) for line in group)
    return len(group) > 1 and ended < len(group) and all(line[:1].isupper() or line[:1].isdigit() for line in group)


def _bullet(line: str, within: Kind | None) -> int:
    """Count the characters of a line's bullet mark; 0 where it has none."""
    mark = _BULLET.match(line)
    if not mark:
        return 0
    # "... in December\n12. The next day": a number where a line wraps begins no list, unless it is the first.
    numbered = mark.group(1) not in {None, "1", "a"}
    return 0 if numbered and within is Kind.PROSE else mark.end()


def _wraps(text: str, before: _Line, line: str, longest: int, *, pdf: bool) -> bool:
    """Return whether a line end is a soft wrap: the next word would not have fitted on the line."""
    length = before.end - before.start
    if pdf:
        if length < 0.6 * longest and not line[0].islower():
            return False  # a title or a last line; words are of uneven width, so no finer rule holds
        return not (ends_sentence(text[before.start : before.end]) and length < 0.85 * longest)
    return length <= longest <= _LONGEST_WRAP and length + 1 + len(line.split(maxsplit=1)[0]) > longest


def _without_boilerplate(text: str, block: Block) -> Block:
    """Mark page furniture as left out; a heading, an item, a row, a field or code is meant to be there."""
    block_text = text[block.start : block.end]
    is_meant = block.kind is not Kind.PROSE and (block.kind is not Kind.LINE or FIELD.match(block_text))
    furniture = not is_meant and is_boilerplate(block_text)
    return replace(block, kind=Kind.LEFT_OUT) if furniture else block


def _without_headline(text: str, blocks: list[Block], title: str) -> list[Block]:
    """Mark the first block as a heading where it is the headline; one that stands alone is the article."""
    places = [place for place, block in enumerate(blocks) if block.kind is not Kind.LEFT_OUT]
    if len(places) < 2 or blocks[places[0]].kind is not Kind.PROSE:
        return blocks
    first = blocks[places[0]]
    if CONTACT.fullmatch(text, first.start, first.end):
        return blocks
    headline = text[first.start : min(first.end, first.start + _LONGEST_HEADLINE + 1)]
    if len(headline) <= _LONGEST_HEADLINE and (not ends_sentence(headline) or " ".join(headline.split()) == title):
        blocks[places[0]] = replace(first, kind=Kind.HEADING)
    return blocks


def _heal(text: str, blocks: list[Block]) -> list[Block]:
    """Join the blocks of a sentence that line ends broke ("... by the president" / "Jane Roe." are one)."""
    healed: list[Block] = []
    place = 0
    while place < len(blocks):
        last = _end_of_sentence(text, blocks, place)
        healed.append(replace(blocks[place], end=blocks[last].end))
        place = last + 1
    return healed


def _end_of_sentence(text: str, blocks: list[Block], first: int) -> int:
    """Return the block in which the sentence that `first` leaves open ends; `first` if it leaves none open."""
    if blocks[first].kind is not Kind.PROSE or not blocks[first].healable:
        return first
    before = text[blocks[first].start : blocks[first].end]
    if ends_sentence(before) or before.endswith((":", "：")):
        return first
    only_predicate = is_fragment(before) and not _SENTENCE_INSIDE.search(before) and not _hangs(text, blocks, first)
    if only_predicate and not _is_name(before):
        return first
    last, names = first, 0
    for place in range(first + 1, len(blocks)):
        if blocks[place].kind is not Kind.PROSE or place - last > _MOST_PIECES:
            break
        piece = text[blocks[place].start : blocks[place].end]
        lower = _LOWER_START.match(piece)
        word = lower.group(1) if lower else ""
        if only_predicate and word not in _PREDICATE:
            break
        if (
            word.islower()
            or _hangs(text, blocks, place - 1)
            or (_LEFT_OPEN.search(before[-12:]) and not is_fragment(piece))
        ):
            names = 0
        elif _is_name(piece) and names < 2:
            names += 1
        else:
            break
        # A short piece counts only once the sentence is seen to go on behind it, or to end with it.
        if ends_sentence(piece) or not is_fragment(piece):
            last, only_predicate = place, False
        if ends_sentence(piece):
            break
        before = piece
    return last


def _hangs(text: str, blocks: list[Block], place: int) -> bool:
    """Return whether a block's sentence goes on behind the single line end after it."""
    block, following = blocks[place], blocks[place + 1] if place + 1 < len(blocks) else None
    if following is None or following.kind is not Kind.PROSE:
        return False
    gap = text[block.end : following.start]
    return len(_LINE_END.findall(gap)) == 1 and bool(_HANGS.search(text, max(block.start, block.end - 12), block.end))


def _is_name(text: str) -> bool:
    """Return whether a text is just a name, which scrapes put on a line of its own."""
    parts = text.rstrip(".,;!?…”’\"' ").split() if len(text) <= 60 else []
    return 0 < len(parts) <= 5 and all(_NAME_PART.fullmatch(part) or part in _PARTICLES for part in parts)
