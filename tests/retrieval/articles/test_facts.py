"""What front matter says of its article, as each site generator writes it."""

from __future__ import annotations

import pytest

from retrieval.articles.facts import Facts, facts_of
from retrieval.articles.front_matter import read_front
from retrieval.articles.text_files import read_text
from retrieval.settings import MetadataSettings


def facts(front: str, names: MetadataSettings | None = None) -> tuple[Facts, list[str]]:
    fence = "+++" if " = " in front else "---"
    return facts_of(read_front(f"{fence}\n{front}\n{fence}\nIt came.").fields, names or MetadataSettings())


@pytest.mark.parametrize(
    ("front", "known"),
    [
        # Jekyll
        ("published: true\ndate: 2021-03-03\nauthor: Bo\ncategories: [Harbour]",
         Facts(published="2021-03-03", author="Bo", tags=("Harbour",))),
        # Hugo
        ('publishDate = 2021-03-03\ntags = ["sea"]\n[params]\nauthor = "Bo"',
         Facts(published="2021-03-03", author="Bo", tags=("sea",))),
        # Zola
        ('date = 2021-03-03\n[taxonomies]\ntags = ["sea"]\n[extra]\nauthor = "Bo"',
         Facts(published="2021-03-03", author="Bo", tags=("sea",))),
        # Material for MkDocs
        ("date:\n  created: 2021-03-03\n  updated: 2022-01-01\nauthors: [bo, ilse]",
         Facts(published="2021-03-03", author="bo, ilse")),
        # Docusaurus
        ("last_update:\n  date: 2021-03-03\n  author: Cy\nauthors:\n  - name: Bo\n    title: Keeper\n  - ilse\n"
         "tags:\n  - label: Sea\n    permalink: /sea\n  - wall",
         Facts(published="2021-03-03", author="Bo, ilse", tags=("Sea", "wall"))),
        # Starlight
        ("lastUpdated: 2021-03-03", Facts(published="2021-03-03")),
        ("lastUpdated: false", Facts()),
        # Obsidian, and its web clipper
        ("date created: 2021-03-03\ntags: ['#sea', wall/old]", Facts(published="2021-03-03", tags=("sea", "wall/old"))),
        ('source: https://velmora.example/a\n'
         'author:\n  - "[[Bo]]"\n  - "[[people/Ilse|Ilse]]"\npublished:\ncreated: 2021-03-03',
         Facts(url="https://velmora.example/a", source="https://velmora.example/a", author="Bo, Ilse",
               published="2021-03-03")),
        # Eleventy
        ("date: 2021-03-03\ntags: post\nlang: de-AT", Facts(published="2021-03-03", tags=("post",), language="de")),
        ("canonicalURL: https://velmora.example/b\nurl: /b", Facts(url="https://velmora.example/b")),
    ],
)  # fmt: skip
def test_the_fields_of_site_generators_are_known(front: str, known: Facts) -> None:
    assert facts(front) == (known, [])


def test_the_first_field_that_can_be_used_counts() -> None:
    names = MetadataSettings(title=("heading", "title"), date=("erschienen", "geändert"), tags=("meta.themen",))
    assert facts("title: B\nheading: A\nGeändert: 2022\nerschienen: [x]\nmeta: {Themen: [sea]}", names) == (
        Facts(title="A", published="2022", tags=("sea",)),
        [],
    )


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        ("created: [2021]", "created is not text"),
        ("published: [2021]\ndate: {a: b}", "published is not text"),
        ("language: english", "language is not the code of a language, such as en"),
        ("author: {a: b}", "author is not text"),
        ("category: {a: b}", "category is not a list of texts"),
    ],
)
def test_what_no_field_says_usably_is_named_by_the_first_of_them(front: str, problem: str) -> None:
    assert facts(front) == (Facts(), [problem])


def test_the_authors_stand_for_the_source_where_none_is_named() -> None:
    (article,), _ = read_text(b"---\nauthor: Bo\nlang: de\n---\nIt came.", "a.md", "0" * 64)
    assert (article.source, article.language) == ("Bo", "de")
    (article,), _ = read_text(b"---\nauthor: Bo\nsource: The Courier\n---\nIt came.", "a.md", "0" * 64)
    assert article.source == "The Courier"


@pytest.mark.parametrize(
    ("front", "aliases"),
    [
        ("aliases: [Harbour, Port of Velmora]", ("Harbour", "Port of Velmora")),
        ("alias: Harbour, Port", ("Harbour", "Port")),
        ("aliases:\n  - /old/harbour/\n  - https://velmora.example/port\n  - Port", ("Port",)),
        ("aliases:", ()),
    ],
)
def test_aliases_are_names_and_no_addresses(front: str, aliases: tuple[str, ...]) -> None:
    assert facts(front) == (Facts(aliases=aliases), [])


def test_keys_that_are_no_text_are_no_names() -> None:
    assert facts("date: {~: x}\ncreated: 2021") == (Facts(published="2021"), [])
