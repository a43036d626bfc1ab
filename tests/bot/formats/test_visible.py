"""Texts that are shortened: cut between words, and never within what readers see as one character."""

from __future__ import annotations

import pytest

from bot.formats.visible import CUT, short

FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "most", "shortened"),
    [
        ("The ferry sails", 15, "The ferry sails"),
        ("The ferry sails at nine", 15, "The ferry…"),
        ("The ferry sails at nine", 16, "The ferry sails…"),
        ("The ferry, which sails", 12, "The ferry…"),
        ("The ferry (Aurelia) sails", 12, "The ferry…"),
        ("Donaudampfschifffahrt sails", 8, "Donauda…"),
        ("A Donaudampfschifffahrt", 12, "A Donaudamp…"),
        ("A Donaudampfer sails", 12, "A…"),
        ("渡船九点出发前往洛蒙德岛", 5, "渡船九点…"),
        ("ab\u202e\u202e", 9, "ab\\u202e…"),
        ("ab\u202e\u202e", 13, "ab\\u202e…"),
        ("\x1b\x1b\x1b", 6, "\\x1b…"),
        ("nne\u0301e\u0301", 6, "nne\u0301e\u0301"),
        ("nne\u0301e\u0301", 4, "nn…"),
        ("🇩🇪🇫🇷🇪🇸", 4, "🇩🇪…"),
        (f"{FAMILY}{FAMILY}", 9, f"{FAMILY}…"),
        ("👍🏽👍🏽👍🏽", 4, "👍🏽…"),
        ("❤️❤️❤️", 4, "❤️…"),
    ],
)
def test_a_text_is_cut_where_no_reader_minds(text: str, most: int, shortened: str) -> None:
    assert short(text, most) == shortened
    assert len(shortened) <= most


def test_what_has_no_room_is_left_out() -> None:
    assert short(f"{FAMILY}{FAMILY}", 3) == CUT
