"""Subtitles, SRT and WebVTT -> one article: cues joined to paragraphs, under who speaks, each cited by its time."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.articles.formats.drafts import Draft, UnreadableError, text_of
from retrieval.articles.sentence_ends import ends_sentence

_LONGEST_PARAGRAPH = 600
"""Characters behind which a paragraph ends with the next sentence; without full stops, at twice as many."""
_PAUSE = 4.0
"""Seconds without speech after which a new paragraph begins."""
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]*)>")
_TAG = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
"""What lays a cue out: tags, times of words, positions."""
_DASH = re.compile(r"[-–—]\s*(?=\S)")
_NAME = re.compile(r"(?:>>\s*)?(?P<name>[A-Z][\w.'’ -]{0,38}[\w.]):\s+(?=\S)")
_SOUND = re.compile(r"[\[(♪][^\])♪]*[\])♪]")


@dataclass(frozen=True, slots=True)
class _Line:
    """What one speaker says in a cue."""

    start: float
    end: float
    speaker: str
    text: str


def read_srt(data: bytes) -> Iterator[Draft]:
    """Read SubRip subtitles."""
    yield _draft(data, "srt")


def read_vtt(data: bytes) -> Iterator[Draft]:
    """Read WebVTT subtitles."""
    yield _draft(data, "vtt")


def _draft(data: bytes, form: str) -> Draft:
    lines = _with_names(list(_lines(data, form)))
    draft, speaker = Draft(), ""
    for paragraph in _paragraphs(lines):
        if paragraph[0].speaker != speaker:
            speaker = paragraph[0].speaker
            draft.heading(speaker or "…", 6)
        text = ""
        for line in paragraph:
            text += " " if text else ""
            draft.place(_time(line.start), offset=len(text))
            text += line.text
        draft.add(text)
    return draft


def _lines(data: bytes, form: str) -> Iterator[_Line]:
    import webvtt

    try:
        captions = webvtt.from_buffer(io.StringIO(text_of(data)), format=form).captions
    except webvtt.errors.MalformedFileError:
        raise UnreadableError("holds no subtitles") from None
    before: list[str] = []
    for caption in captions:
        start, end = caption.start_in_seconds, caption.end_in_seconds
        rows: list[str] = []
        for voice, raw in _voices(caption.raw_text):
            rows_of_part = [" ".join(row.split()) for row in html.unescape(_TAG.sub("", raw)).split("\n")]
            new = [row for row in rows_of_part if row and row not in before]
            rows += filter(None, rows_of_part)
            for turn in _turns(new):
                if not _SOUND.fullmatch(turn):
                    yield _Line(start, end, voice, turn)
        before = rows  # captions that roll repeat the rows before


def _voices(raw: str) -> Iterator[tuple[str, str]]:
    """Yield each part of a cue's text with the voice that it is marked with, "" for none."""
    parts = _VOICE.split(raw)
    yield "", parts[0]
    for voice, text in zip(parts[1::2], parts[2::2], strict=True):
        yield " ".join(html.unescape(voice).split()), text


def _turns(rows: Sequence[str]) -> list[str]:
    """Return what is said in the rows of a cue: one thing, unless several begin with a dash."""
    if sum(bool(_DASH.match(row)) for row in rows) > 1:
        return [_DASH.sub("", row, count=1) if _DASH.match(row) else row for row in rows]
    return [" ".join(rows)] if rows else []


def _with_names(lines: Sequence[_Line]) -> Iterator[_Line]:
    """Take the speakers' names out of the text where it is written "ADA: ..."; one that is named once is no speaker."""
    matches = [_NAME.match(line.text) for line in lines]
    names = [match["name"] if match else "" for match in matches]
    speaker = ""
    for line, name in zip(lines, names, strict=True):
        if name and names.count(name) > 1:
            speaker = name
            text = _NAME.sub("", line.text, count=1)
        else:
            text = line.text
        yield _Line(line.start, line.end, line.speaker or speaker, text)


def _paragraphs(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    paragraph: list[_Line] = []
    length = 0
    for line in lines:
        if paragraph:
            last = paragraph[-1]
            ended = ends_sentence(last.text) and (length > _LONGEST_PARAGRAPH or line.start - last.end >= _PAUSE)
            if ended or line.speaker != last.speaker or length > 2 * _LONGEST_PARAGRAPH:
                yield paragraph
                paragraph, length = [], 0
        paragraph.append(line)
        length += len(line.text)
    if paragraph:
        yield paragraph


def _time(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
