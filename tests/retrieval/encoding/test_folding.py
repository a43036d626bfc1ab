"""Letters in another form are encoded as the usual ones, and their places are those of the original."""

from __future__ import annotations

import re

import numpy as np
import pytest

from retrieval.encoding.folding import folded
from tests.toy import ToyEncoder


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("Ｔｈｅ　ｐｉｌｏｔ．", "The pilot."),
        ("The chief oﬃcer ﬂew.", "The chief officer flew."),
        ("ﾊﾟﾘ の ｶﾞｰﾄﾞ", "パリ の ガード"),
        ("𝐓𝐡𝐞 𝑝𝑖𝑙𝑜𝑡 in ℌ", "The pilot in H"),
        ("ﻣﺪﻳﻨﺔ", "مدينة"),
        ("10² m and ½ of ①", "10² m and ½ of ①"),
        ("naïve café, 日本", "naïve café, 日本"),
    ],
)
def test_letters_in_another_form_are_the_usual_ones(text: str, usual: str) -> None:
    assert folded(text).text == usual


@pytest.mark.parametrize("text", ["The chief oﬃcer ﬂew ﬁ", "Ｔｈｅ　ｐｉｌｏｔ．", "ﾊﾟﾘ x ｶﾞｰﾄﾞ", "plain words", ""])
def test_words_are_where_they_stand_in_the_original(text: str) -> None:
    usual = folded(text)
    offsets = np.array([word.span() for word in re.finditer(r"\w+", usual.text)], dtype=np.int32).reshape(-1, 2)
    cut = [text[start:end] for start, end in usual.original(offsets).tolist()]
    assert [folded(word).text for word in cut] == re.findall(r"\w+", usual.text)


def test_a_piece_within_a_ligature_covers_the_whole_of_it() -> None:
    usual = folded("oﬃce")
    assert usual.original(np.array([[0, 2], [2, 4], [4, 6]], dtype=np.int32)).tolist() == [[0, 2], [1, 2], [2, 4]]


def test_passages_and_questions_are_encoded_in_the_usual_letters() -> None:
    encoder = ToyEncoder()
    (tokens,) = encoder.passages([("Ｎｏｔｅｓ. ", "The oﬃce ﬂew.")])
    assert encoder.encoded == ["Notes. The office flew."]
    assert tokens.offsets.tolist() == [[0, 3], [4, 8], [9, 12]]
    assert np.allclose(encoder.question("Ｏｆｆｉｃｅ?").pooled, encoder.question("Office?").pooled)
