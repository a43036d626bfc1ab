"""Words and terms."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest

from retrieval.analysis import (
    frequent_words,
    is_stop_word,
    printed_words,
    question_terms,
    script_of,
    stem,
    terms,
    terms_in_each,
    words,
)


def test_words_are_lower_case_and_without_accents() -> None:
    assert words("Der Café-Besitzer, ÅNGSTRÖM & 3.5% of U.S.") == [
        *("der", "cafe", "besitzer", "angstrom", "3", "5", "of", "u", "s")
    ]
    assert words("日本の Москва") == ["日", "本", "の", "москва"], "scripts without spaces go by the character"
    assert words("…!? 😀") == []


def test_terms_are_stems_without_stop_words() -> None:
    assert terms("The letters were written to the ministers") == ["letter", "were", "written", "minist"]
    assert terms("to be or not to be") == []
    assert stem("clarifying") == stem("clarify")


def test_ligatures_are_searched_as_their_letters() -> None:
    assert terms("Oﬃces sell ﬁne ﬂour.") == terms("Offices sell fine flour.")
    assert terms("Eine ﬂache Straße", "de") == terms("Eine flache Straße", "de")


@pytest.mark.parametrize("printed", ["25,000 visitors", "25'000 visitors", "25\u202f000 visitors", "25000 visitors"])
def test_a_number_is_one_term_however_it_is_grouped(printed: str) -> None:
    assert terms(printed) == ["25000", "visitor"]


def test_numbers_in_a_row_are_no_groups_of_one() -> None:
    assert terms("1,2,300 and 19,99") == ["1", "2", "300", "19", "99"]


@pytest.mark.parametrize(
    "printed",
    [
        "14 January 2022",
        "January 14, 2022",
        "14th of Jan. 2022",
        "Jan 14th 2022",
        "2022-01-14",
        "14.1.2022",
        "14.01.2022",
    ],
)
def test_a_date_is_one_term_and_its_parts_however_it_is_printed(printed: str) -> None:
    assert {"14", "januari", "2022", "2022-01-14"} <= set(terms(f"It rained on {printed}."))


def test_what_is_no_date_is_left_alone() -> None:
    assert terms("31.31.2022, 2022-13-01, 14 May") == [
        *("31", "31", "2022", "2022", "13", "01", "14", "may", "31.31.2022", "2022-13-01")
    ]


def test_identifiers_are_terms_beside_their_parts() -> None:
    assert terms("CVE-2031-40417 in 4.11") == ["cve", "2031", "40417", "4", "11", "cve-2031-40417", "4.11"]
    assert terms("ERR_TIDE_0417") == ["err_tide_0417"]
    assert terms("C++, C# or .NET") == ["c", "c", "net", "c++", "c#", ".net"]
    assert terms("well-known e-mail") == ["well", "known", "e", "mail"], "plain words make no identifier"


def test_full_width_letters_and_ligatures_are_plain_ones() -> None:
    assert terms("Ｔｏｍ ﬁshing") == ["tom", "fish"]


def test_frequent_words_are_as_they_are_printed() -> None:
    texts = ["Lavrov wrote. Lavrov spoke.", "A lavrov once wrote it: 1234567 NATO_x", "Wrote!"]
    assert frequent_words(Counter(chain(*map(printed_words, texts)))) == ["Lavrov", "wrote", "NATO", "once", "spoke"]
    assert frequent_words(Counter(["BETA", "alpha", "beta", "ALPHA"])) == ["ALPHA", "BETA"], "ties go by the letters"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("สะพานเปิดในปี 1998 ยาว 300 เมตร", "สะพานเปิดในปีใด"),
        ("ຂົວເປີດໃນປີ 1998", "ຂົວເປີດປີໃດ"),
        ("ស្ពានបានបើកនៅឆ្នាំ ១៩៩៨។", "ស្ពានបើកនៅឆ្នាំណា"),
        ("တံတားကို ၁၉၉၈ ခုနှစ်တွင် ဖွင့်ခဲ့သည်။", "တံတား ဘယ်နှစ်မှာ"),
        ("다리는 1998년에 열렸다.", "다리가 언제 열렸나"),
    ],
)
def test_scripts_without_spaces_between_words_go_by_two_characters(text: str, asked: str) -> None:
    shared = set(terms(text)) & set(terms(asked))
    assert len(shared) > 1
    assert all(len(term) == 2 for term in shared)


@pytest.mark.parametrize("word", ["हिन्दी", "বাংলা", "தமிழ்", "తెలుగు", "മലയാളം", "ਪੰਜਾਬੀ"])
def test_vowels_that_are_marks_belong_to_their_word(word: str) -> None:
    assert words(f"{word} {word}।") == words(f"{word}, {word}") == words(word) * 2
    assert len(words(word)) == 1


def test_marks_that_tell_words_apart_are_kept_and_accents_are_not() -> None:
    assert words("कि की कु") == ["कि", "की", "कु"]
    assert words("がか ガカ") == ["が", "か", "ガ", "カ"]
    assert words("ά й é שָׁלוֹם مَدِينَة") == ["α", "и", "e", "שלום", "مدينة"]


def test_signs_within_a_word_do_not_split_it() -> None:
    assert words("Ե՞րբ է բացվել") == words("երբ է բացվել")
    assert words("con\u00adtract می\u200cخواهم") == ["contract", "میخواهم"]


def test_digits_of_all_scripts_are_one() -> None:
    assert words("၃၀၀ ३०० ٣٠٠ ３００ ๓๐๐") == ["300"] * 5
    assert "2022-01-14" in terms("१४.१.२०२२")


def test_full_width_letters_and_ligatures_are_letters() -> None:
    assert words("Ｔｈｅ　ｏﬃｃｅ") == ["the", "office"]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Harbour", "LATIN"),
        ("Élan", "LATIN"),
        ("рассылка email", "CYRILLIC"),
        ("これは手紙です", "CJK"),
        ("ქართული", "GEORGIAN"),
        ("12 — 34", None),
        ("", None),
    ],
)
def test_the_script_of_a_text_is_that_of_most_letters(text: str, script: str | None) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Die Häuser der Städte", ["haus", "stadt"]),
        ("fr", "Les élèves étaient arrivés", ["elev", "arriv"]),
        ("ru", "Новый дом и новые дома", ["нов", "дом", "нов", "дом"]),
        ("fi", "Taloissa", ["talo"]),
        ("sw", "Nyumba za mjini", ["nyumba", "za", "mjini"]),
        ("ja", "東京の塔", ["東", "京", "の", "塔", "東京", "京の", "の塔"]),
        ("de", "25,000 am 14.1.2022", ["25000", "14", "1", "2022", "14.1.2022", "januari", "2022-01-14"]),
    ],
)
def test_each_language_has_its_own_stems_and_stop_words(language: str, text: str, expected: list[str]) -> None:
    assert terms(text, language) == expected


def test_a_stop_word_is_one_in_its_language_alone() -> None:
    assert is_stop_word("Nicht", "de")
    assert is_stop_word("The", "en")
    assert not is_stop_word("the", "de")
    assert not is_stop_word("nicht", "en")


def test_a_question_has_the_terms_of_each_language_once() -> None:
    assert terms_in_each("Where are the houses?", ["en"]) == terms("Where are the houses?")
    assert sorted(terms_in_each("Häuser Häuser Berlin", ["de", "en"])) == [
        *("berlin", "haus", "haus", "hauser", "hauser")
    ]


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("de", "Wann wurde der Turm gebaut?", ["wurd", "turm", "gebaut"]),
        ("zh", "灯塔是什么时候建的？", ["灯", "塔", "建", "的", "灯塔", "建的"]),
        ("ja", "塔はどこですか", ["塔", "は", "塔は"]),
        ("ko", "탑은 언제 지었나", ["탑은", "지었", "었나"]),
        ("en", "When was it built?", ["when", "built"]),
    ],
)
def test_the_words_that_ask_are_no_terms_of_a_question(language: str, question: str, expected: list[str]) -> None:
    assert question_terms(question, language) == expected
