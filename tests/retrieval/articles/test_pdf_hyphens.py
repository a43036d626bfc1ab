"""Words that a hyphen breaks at the end of a line are whole, and keep a hyphen of their own."""

from __future__ import annotations

import pytest

from retrieval.articles.pdf_hyphens import with_whole_words


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("She signed the con-\ntract in May.", "She signed the contract\nin May."),
        ("She signed the con\u00ad\ntract in May, a con\u00adtract.", "She signed the contract\nin May, a contract."),
        ("The con-\ntract, which was long.", "The contract,\nwhich was long."),
        ("It was the con-\ntract\nof the year.", "It was the contract\nof the year."),
        ("an over-\nwhelm-\ning contract", "an overwhelming\ncontract"),
        ("a thresh-\nold, selfish and self-\nish, north-\nern", "a threshold,\nselfish and selfish,\nnorthern"),
        ("The infor-\nmation and the con-\ntract were lost.", "The information\nand the contract\nwere lost."),
        ("a short-\nage of oil", "a shortage\nof oil"),
        ("It makes sense. It is non-\nsense.", "It makes sense. It is nonsense."),
        ("A profit. A nonprofit office, a non-\nprofit shop", "A profit. A nonprofit office, a nonprofit\nshop"),
        ("Der Ver-\ntrag ist alt.", "Der Vertrag\nist alt."),
        ("He became a man. He be-\ncame old.", "He became a man. He became\nold."),
    ],
)
def test_a_broken_word_is_whole(lines: str, text: str) -> None:
    assert with_whole_words(lines) == text


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("a well-\nknown keeper", "a well-known\nkeeper"),
        ("the twenty-\nthree boats", "the twenty-three\nboats"),
        ("a long-\ndistance call", "a long-distance\ncall"),
        ("a five-\nyear plan", "a five-year\nplan"),
        ("a state-of-\nthe-art lamp", "a state-of-the-art\nlamp"),
        ("the so-\ncalled keeper", "the so-called\nkeeper"),
        ("the Anglo-\nSaxon king", "the Anglo-Saxon\nking"),
        ("in 2019-\n2020 it", "in 2019-2020\nit"),
        ("a 20-\nyear plan", "a 20-year\nplan"),
        ("see https://a.example/old-\nlight now", "see https://a.example/old-light\nnow"),
        ("The Permanent Council. A non-\npermanent seat", "The Permanent Council. A non-permanent\nseat"),
        ("A non-stop train. A non-\nstop bus", "A non-stop train. A non-stop\nbus"),
        ("A lamp-oil store. The lamp-\noil burned.", "A lamp-oil store. The lamp-oil\nburned."),
        (
            "The ferry port had a ferry boat. A ferry-\nboat came.",
            "The ferry port had a ferry boat. A ferry-boat\ncame.",
        ),
    ],
)
def test_a_hyphen_of_the_words_own_is_kept(lines: str, text: str) -> None:
    assert with_whole_words(lines) == text


@pytest.mark.parametrize(
    "lines", ["pre-\nand post-war", "Vor-\nund Nachteile", "a -\nb", "a — \nb", "- item\n- item", ""]
)
def test_other_line_ends_stay(lines: str) -> None:
    assert with_whole_words(lines) == lines
