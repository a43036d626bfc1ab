"""Hostile texts in articles, with hostile facts."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

from bot.answering.links import link_of_place
from retrieval.articles.facts import facts_of
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Answer, Article, ArticleRef, Citation, Match, Quote
from tests.attacks.words import hostile

SHA256 = "ab" * 32
PAIR = re.compile("[\ud800-\udbff]+[\udc00-\udfff]+")
HALF = re.compile("[\ud800-\udfff]")
DAYS = ("2022-02-01", "2022-02-01T23:30:00Z", "20220201", "1 February 2022")


@dataclass(frozen=True, slots=True)
class Placed:
    """A quoted text in its article, with its citation."""

    article: Article
    citation: Citation
    other: str
    """Another text beside it: a question, or another article's title."""
    address: str | None

    @classmethod
    def of(cls, rng: random.Random) -> Placed:
        """Draw a text, in an article with random facts."""
        before, text, behind = hostile(rng, 6), hostile(rng), hostile(rng, 6)
        # A sentence has no white space at its ends, and two surrogate halves would join into one character.
        text = PAIR.sub("", text).strip() or "Yes."
        fields = {key: hostile(rng, 5) for key in ("id", "title", "source", "published", "url")}
        if rng.random() < 0.7:
            fields["url"] = f"https://a.example/{fields['url']}"
        if rng.random() < 0.3:
            fields["published"] = rng.choice(DAYS)
        facts, _ = facts_of(fields if rng.random() < 0.5 else {})
        before, behind = HALF.sub("", before), HALF.sub("", behind)
        article = Article(
            facts.id or "a/b", before + text + behind, facts.title or "A title", SHA256, "a.md", facts.source, facts.url
        )
        start, end = len(before), len(before) + len(text)
        cited = Citation(
            article.id, article.title, start, end, 1, SHA256, facts.source, facts.published, facts.url, "a.md"
        )
        cited = replace(cited, section=(HALF.sub("", " ".join(hostile(rng, 4).split())),))
        other = hostile(rng, 8)
        address = link_of_place(CitedSpan(cited, text, before, behind, article, "current"))
        return cls(article, cited, PAIR.sub("", other), address)

    @property
    def text(self) -> str:
        """The quoted words."""
        return self.article.text[self.citation.start : self.citation.end]

    @property
    def answer(self) -> Answer:
        """An answer that quotes them twice."""
        also = (replace(self.citation, title=" ".join(self.other.split()), paragraph=2),)
        quotes = (Quote(self.text, self.citation, 0.5, also), Quote(self.text, self.citation, 0.4))
        nearest = (ArticleRef("a", self.other, self.article.url),)
        return Answer(self.other, True, 0.9, quotes, nearest, "f" * 12, 1.0, self.other + "?")

    @property
    def place(self) -> CitedSpan:
        """The quoted words in their article."""
        text, cited = self.article.text, self.citation
        return CitedSpan(cited, self.text, text[: cited.start], text[cited.end :], self.article, "current")

    def match(self, verdict: str) -> Match:
        """A check of the words that finds them, or of others near them."""
        if verdict == "verbatim":
            return Match("verbatim", self.text, (self.citation, self.citation))
        return Match("near", self.other, (self.citation,), self.text)
