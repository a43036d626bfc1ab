"""Subtitles: who speaks, and when."""

from __future__ import annotations

from tests.retrieval.articles.formats.reading import complaint, only, place, quotable

SRT = """1
00:00:01,000 --> 00:00:04,000
<i>ADA: The harbour of Velmora</i>
opens at nine.

2
00:00:04,200 --> 00:00:07,000
It closes at dusk.

3
00:01:10,000 --> 00:01:12,000 X1:40 X2:600
BO: Who pays the fee?

4
01:02:03,500 --> 01:02:05,000
{\\an8}ADA: Every boat over six metres pays 14 crowns
5
01:02:05,000 --> 01:02:07,000
a night at the office.

6
01:02:08,000 --> 01:02:09,000
[applause]

7
01:02:10,000 --> 01:02:11,000
BO: Thank you, that is clear.
"""
VTT = """WEBVTT - Tour of the harbour
Kind: captions

NOTE
not shown

STYLE
::cue { color: red }

intro
00:01.000 --> 00:04.000 align:start
<v Ada Brandt>The gate opens at <b>nine</b> &amp; closes at dusk.

00:04.000 --> 00:05.000
<v.loud Bo>Mind <00:04.500><c>the</c> gap at the pier.
<v Ada Brandt>It is two feet wide.
"""


def test_cues_are_joined_to_sentences_under_their_speaker() -> None:
    assert quotable(only("tour.srt", SRT)) == [
        ("ADA", "The harbour of Velmora opens at nine."),
        ("ADA", "It closes at dusk."),
        ("ADA", "Every boat over six metres pays 14 crowns a night at the office."),
        ("BO", "Thank you, that is clear."),
    ]


def test_each_cue_is_cited_by_its_time() -> None:
    article = only("tour.srt", SRT)
    times = [place(article, words) for words in ("The harbour", "It closes", "Every", "a night")]
    assert times == [("00:00:01", None), ("00:00:04", None), ("01:02:03", None), ("01:02:05", None)]


def test_voices_of_webvtt_are_speakers() -> None:
    article = only("tour.vtt", VTT)
    assert quotable(article) == [
        ("Ada Brandt", "The gate opens at nine & closes at dusk."),
        ("Bo", "Mind the gap at the pier."),
        ("Ada Brandt", "It is two feet wide."),
    ]
    assert place(article, "Mind") == ("00:00:04", None)


def test_dashes_are_turns_and_a_rolling_caption_is_read_once() -> None:
    cues = [
        "- We open the gate at nine.\n- And close it at dusk.",
        "The lamp is green.",
        "The lamp is green.\nGo on in.",
    ]
    text = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{cue}\n\n" for n, cue in enumerate(cues, 1))
    assert [row[-1] for row in quotable(only("a.srt", text))] == [
        "We open the gate at nine.", "And close it at dusk.", "The lamp is green.", "Go on in.",
    ]  # fmt: skip


def test_without_full_stops_a_paragraph_still_ends() -> None:
    cues = [
        f"00:{n // 60:02}:{n % 60:02}.000 --> 00:{n // 60:02}:{n % 60:02}.900\nand boat {n} went out"
        for n in range(200)
    ]
    text = "\n\n".join(["WEBVTT", *cues])
    assert max(map(len, only("a.vtt", text).text.split("\n\n"))) < 1500


def test_what_holds_no_subtitles_is_named() -> None:
    assert complaint("a.vtt", "The gate opens at nine.") == "holds no subtitles"
    assert complaint("a.srt", "The gate opens at nine.") in {"holds no subtitles", "has no text"}
