"""A web page's blocks -> those of its main content: what is left out is left out as whole blocks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from retrieval.articles.boilerplate import is_boilerplate
from retrieval.articles.html_blocks import Page, PageBlock, Region
from retrieval.articles.sentence_ends import ends_sentence, word_count

_MAIN_TAGS = frozenset({"article", "main"})
_MAIN_NAMES = frozenset({"articlebody", "main"})
_PAGE_TAGS = frozenset({"footer", "aside", "header"})
"""Furniture outside an article, part of it inside."""
_FURNITURE_NAMES = frozenset({
    "breadcrumb", "breadcrumbs", "comments", "consent", "contentinfo", "cookie", "cookiebar", "cookies", "footer",
    "gdpr", "navigation", "sidebar",
})  # fmt: skip
_MOSTLY_LINKS = 0.8
_SHINGLE = 3  # words
_SHARE_CHOSEN = 0.3  # a choice may lack words in the middle of a sentence
_LEAST_WORDS = 5  # of a block that tells where the main content is: shorter ones stand in menus, too
_SENTENCE_WORDS = 3
_LINK_WORDS = 2  # of a sentence that is a link
_PROSE_WORDS = 12  # without a full stop
_WORD = re.compile(r"\w+")


def main_content(page: Page, choice: str) -> list[bool]:
    """Return for each block whether it is main content, given a text that holds most of that and little else.

    Everything visible between the chosen blocks, or with them in an article, is kept, except furniture.
    """
    chosen = _chosen(page.blocks, choice)
    main = _main_region(page, chosen)
    in_main = [main.first <= number < main.end for number in range(len(page.blocks))]
    for region in _furniture(page, main, chosen):
        in_main[region.first : region.end] = [False] * (region.end - region.first)
    for number, block in enumerate(page.blocks):
        if not chosen[number] and block.linked >= _MOSTLY_LINKS and not _is_linked_sentence(block):
            in_main[number] = False
    return in_main if any(in_main) else [True] * len(page.blocks)


def words_left_out(page: Page, in_main: Sequence[bool]) -> int:
    """Count the words of sentences outside the main content."""
    blocks = (block for block, is_main in zip(page.blocks, in_main, strict=True) if not is_main)
    return sum(len(block.text.split()) for block in blocks if _is_prose(block) and not is_boilerplate(block.text))


def _chosen(blocks: Sequence[PageBlock], choice: str) -> list[bool]:
    """Return for each block whether the choice holds a good part of its words, in their order."""
    lines, shingles = set[tuple[str, ...]](), set[tuple[str, ...]]()
    for line in choice.splitlines():
        spelt = _words(line)
        lines.add(tuple(spelt))
        shingles.update(_shingles(spelt))
    chosen: list[bool] = []
    for block in blocks:
        spelt = _words(block.text)
        parts = list(_shingles(spelt))
        common = sum(part in shingles for part in parts)
        chosen.append(tuple(spelt) in lines or common > _SHARE_CHOSEN * len(parts))
    return chosen


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _shingles(spelt: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(spelt[start:] for start in range(_SHINGLE)), strict=False)


def _main_region(page: Page, chosen: Sequence[bool]) -> Region:
    """Return the innermost article or main element around the chosen blocks; the whole page if there is none."""
    whole = Region("body", frozenset(), 0, len(page.blocks), 0)
    certain = [
        number for number, block in enumerate(page.blocks) if chosen[number] and word_count(block.text) >= _LEAST_WORDS
    ]
    if not certain:
        return whole
    around = (region for region in page.regions if region.first <= certain[0] and certain[-1] < region.end)
    return next(filter(_is_main, around), whole)


def _is_main(region: Region) -> bool:
    return region.tag in _MAIN_TAGS or bool(region.names & _MAIN_NAMES)


def _furniture(page: Page, main: Region, chosen: Sequence[bool]) -> Iterator[Region]:
    """Yield the elements of the main region that belong to the page and hold nothing that was chosen."""
    articles = [region for region in page.regions if region.tag == "article"]
    total = [0]
    for is_chosen in chosen:
        total.append(total[-1] + is_chosen)
    for region in page.regions:
        inside = main.first <= region.first and region.end <= main.end and region != main
        if not inside or total[region.end] > total[region.first] or _interrupts(page.blocks, region):
            continue
        blocks = page.blocks[region.first : region.end]
        is_page_tag = region.tag in _PAGE_TAGS and not any(_holds(article, region) for article in articles)
        is_page_tag &= region.tag != "header" or not any(map(_is_prose, blocks))
        if region.tag == "nav" or is_page_tag or region.names & _FURNITURE_NAMES or _is_menu(blocks):
            yield region


def _holds(article: Region, region: Region) -> bool:
    return article.first <= region.first and region.end <= article.end


def _interrupts(blocks: Sequence[PageBlock], region: Region) -> bool:
    """Return whether an element stands in the middle of text, so that a sentence may run through it."""
    beside = (region.first - 1, region.end)
    return any(
        0 <= number < len(blocks)
        and blocks[number].container == region.container
        and blocks[number].linked < _MOSTLY_LINKS
        for number in beside
    )


def _is_menu(blocks: Sequence[PageBlock]) -> bool:
    """Return whether several blocks are almost only links, and fewer than half of them sentences."""
    if 2 * sum(map(_is_linked_sentence, blocks)) >= len(blocks):
        return False
    length = sum(len(block.text) for block in blocks)
    return len(blocks) > 1 and sum(block.linked * len(block.text) for block in blocks) >= _MOSTLY_LINKS * length


def _is_linked_sentence(block: PageBlock) -> bool:
    """Return whether a block says something, rather than where its link leads."""
    return ends_sentence(block.text) and word_count(block.text) >= _LINK_WORDS and not is_boilerplate(block.text)


def _is_prose(block: PageBlock) -> bool:
    """Return whether a block holds a sentence."""
    count = word_count(block.text)
    if ends_sentence(block.text):
        return count >= _SENTENCE_WORDS
    return count >= _PROSE_WORDS and block.linked < _MOSTLY_LINKS
