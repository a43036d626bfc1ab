"""Bytes as text, and back."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.milvus import packing
from retrieval.milvus.packing import Unpackable, count_of, pack, pieces, unpack


@given(st.binary(max_size=2000))
def test_what_is_packed_comes_back(data: bytes) -> None:
    assert unpack(pack(data)) == data


@given(st.text(alphabet="abc", max_size=300), st.integers(1, 50))
def test_pieces_are_joined_again(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "PIECE", size)
        first, *rest = pieces(text)
    count, beginning = count_of(first)
    assert count == 1 + len(rest)
    assert beginning + "".join(rest) == text


@given(st.binary(min_size=1, max_size=200), st.data())
def test_no_changed_character_passes(data: bytes, draw: st.DataObject) -> None:
    text = pack(data)
    at = draw.draw(st.integers(0, len(text) - 1))
    other = draw.draw(st.sampled_from("Aa0=z!").filter(lambda char: char != text[at]))
    changed = text[:at] + other + text[at + 1 :]
    with suppress(Unpackable):
        assert unpack(changed) == data, "the last digits of base64 may not count"


@pytest.mark.parametrize("text", ["", "0123456789abcdef", "0123456789abcdefz!!", "é" * 30])
def test_what_was_never_packed_is_refused(text: str) -> None:
    with pytest.raises(Unpackable):
        unpack(text)


@pytest.mark.parametrize("text", ["", "abc", ":abc", "x:abc"])
def test_a_first_piece_says_how_many_there_are(text: str) -> None:
    with pytest.raises(Unpackable):
        count_of(text)
