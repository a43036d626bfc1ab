"""The labels that a Markdown article defines."""

from __future__ import annotations

from retrieval.articles.labels import labels_in
from retrieval.records import Label


def labels(quote: str, below: str) -> tuple[Label, ...]:
    return labels_in(f"{quote}\n\n{below}\n", 0, len(quote))


def test_the_labels_of_links_are_those_that_are_defined() -> None:
    below = '[mill]: https://example.org\n[Big  Wheel]:\n  <wheel.md> "A wheel"\n'
    quote = "The [mill] has [a wheel][big wheel] and [a roof][roof], m[0]."
    assert labels(quote, below) == (("mill", ""), ("big wheel", ""))


def test_what_code_and_comments_define_is_no_label() -> None:
    assert labels("The [mill].", "```\n[mill]: x\n```\n\n<!--\n[mill]: x\n-->") == ()


def test_footnotes_have_their_own_numbers_or_those_of_their_order() -> None:
    assert labels("So.[^12] No.[^3]", "[^3]: One.\n[^12]: Two.") == (("^12", "¹²"), ("^3", "³"))
    assert labels("So.[^b] No.[^a] [^c]", "[^a]: One.\n[^b]: Two.") == (("^b", "¹"), ("^a", "²"))
