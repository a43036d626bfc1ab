"""Texts to check as people copy them, and the sources that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answering.verification import SourceUnknown, check, readings, rows_named
from bot.formats.match_text import verdict
from retrieval.engine import Engine
from retrieval.errors import PermalinkInvalid, SourceChanged
from tests.toy import SHARED_LINE, build_toy, open_toy, write_corpus

FULL = "Harbour wall to be raised after the storm"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("toy")
    build_toy(write_corpus(folder / "articles"), folder / "index")
    return open_toy(folder / "index")


@pytest.mark.parametrize(
    ("copied", "text"),
    [
        ("> The wall dates from 1911\\.", "The wall dates from 1911."),
        ("> The wall\n> dates from\n> 1911.", "The wall\ndates from\n1911."),
        ("> The wall > dates from > 1911.", "The wall dates from 1911."),
        (">>> The wall dates", "The wall dates"),
        ("**Verbatim**:\n> The wall \\(old\\) dates\n-# [Harbour](<https://a.example>) · ¶ 1", "The wall (old) dates"),
        ("The **old** wall", "The old wall"),
        (r"2 \\ 3 \*\* 4", r"2 \ 3 ** 4"),
    ],
)
def test_discord_s_marks_are_read_away(copied: str, text: str) -> None:
    assert text in readings(copied)


@pytest.mark.parametrize(
    "copied",
    [
        "> No sailor lost his life that night.\n-# Harbour wall · ¶ 1 · harbour\\@1#2\\-3",
        "> No **sailor** lost his life that night\\.",
        "**No sailor lost his life that night.**",
    ],
)
def test_what_was_copied_from_discord_is_verbatim(copied: str, engine: Engine) -> None:
    match = check(engine, copied)
    assert (match.verdict, match.text) == ("verbatim", "No sailor lost his life that night.")


def test_marks_that_the_source_has_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/a.txt").write_text("Type a\\\\b and **twice** then.\n\n> The reply was quoted here.\n", "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    for text in ("Type a\\\\b and **twice** then.", "> The reply was quoted here."):
        match = check(engine, text)
        assert (match.verdict, match.text) == ("verbatim", text)


@pytest.mark.parametrize(
    ("source", "articles"),
    [
        ("harbour", ["harbour"]),
        (FULL, ["harbour"]),
        (f"  {FULL.upper()} ", ["harbour"]),
        ("wall to be raised", ["harbour"]),
        ("letters/mayor", ["letters/mayor"]),
        ("letters/mayor.md", ["letters/mayor"]),
        ("museum.md", ["clock-museum"]),
        ("harbour@0123456789ab#10-20", ["harbour"]),
    ],
)
def test_a_source_is_named_by_title_id_path_or_permalink(source: str, articles: list[str], engine: Engine) -> None:
    assert [engine.generation.ref(row).article for row in rows_named(engine.generation, source)] == articles


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("zebra", "The source 'zebra' is no article of this corpus"),
        ("", "The source '' is no article of this corpus"),
        ("the storm", "The source 'the storm' may be any of 2 articles"),
    ],
)
def test_a_source_that_names_no_article(source: str, sentence: str, engine: Engine) -> None:
    with pytest.raises(SourceUnknown) as error:
        rows_named(engine.generation, source)
    assert str(error.value) == f"{sentence}: name its title, its id, its path or a permalink."


def test_a_path_names_all_records_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    lines = '{"_id": "b", "text": "The heron came."}\n{"_id": "c", "text": "The otter left."}\n'
    (tmp_path / "corpus" / "a.jsonl").write_text(lines)
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    assert rows_named(engine.generation, "a.jsonl") == [0, 1]
    assert not check(engine, "The otter left.", "a.jsonl").is_elsewhere


def test_words_of_another_article_are_real_and_elsewhere(engine: Engine) -> None:
    match = check(engine, "No sailor lost his life that night.", "clock-museum")
    assert (match.verdict, match.is_elsewhere) == ("verbatim", True)
    assert [ref.article for ref in match.claimed] == ["clock-museum"]
    assert not check(engine, SHARED_LINE, "storm").is_elsewhere
    assert not check(engine, "Zebras compose.", "storm").is_elsewhere
    assert not check(engine, SHARED_LINE).is_elsewhere


def _build(folder: Path, text: str | None) -> str:
    """Index an article of this text beside another; its permalink, empty where there is no such article."""
    (folder / "corpus").mkdir(exist_ok=True)
    (folder / "corpus/other.txt").write_text("A pony stands in the yard.\n", "utf-8")
    file = folder / "corpus/price.txt"
    file.write_text(text, "utf-8") if text else file.unlink()
    build_toy(folder / "corpus", folder / "index")
    return check(open_toy(folder / "index"), text.strip()).citations[0].ref if text else ""


def test_a_permalink_means_the_version_that_it_cites(tmp_path: Path) -> None:
    old, both, new = "The visit costs three dollars.", "Dogs stay outside.", "The visit costs four dollars."
    cited = _build(tmp_path, f"{old} {both}\n")
    current = _build(tmp_path, f"{new} {both}\n")
    engine = open_toy(tmp_path / "index")

    def outcome(text: str, ref: str) -> tuple[str, str, bool]:
        match = check(engine, text, ref)
        return match.verdict, match.version, match.is_elsewhere

    assert outcome(old, cited) == ("verbatim", "changed", False)
    assert check(engine, old, cited).citations[0].ref.startswith(cited.partition("#")[0])
    assert ", ".join(verdict(check(engine, old, cited))) == (
        "Verbatim in the version that the permalink cites; the article has changed since"
    )
    assert outcome(both, cited) == outcome(both, current) == ("verbatim", "current", False)
    assert outcome(new, cited) == ("verbatim", "other", True)
    assert ", ".join(verdict(check(engine, new, cited))) == (
        "Verbatim, in another version of the article than the permalink cites"
    )
    assert outcome("A pony stands in the yard.", cited) == ("verbatim", "other", True)
    assert outcome(old, current)[0] == "near"
    with pytest.raises(SourceChanged, match="the version cited is no longer kept"):
        check(engine, new, "price@aaaaaaaaaaaa#0-5")
    with pytest.raises(PermalinkInvalid, match="points outside its article"):
        check(engine, new, f"{current.partition('#')[0]}#0-5000")
    with pytest.raises(PermalinkInvalid, match="names no article of this corpus"):
        check(engine, new, "nobody@aaaaaaaaaaaa#0-5")


def test_the_version_of_a_removed_article_is_searched(tmp_path: Path) -> None:
    text = "The visit costs three dollars."
    cited = _build(tmp_path, f"{text}\n")
    _build(tmp_path, None)
    match = check(open_toy(tmp_path / "index"), text, cited)
    assert (match.verdict, match.version, match.is_elsewhere) == ("verbatim", "withdrawn", False)
    assert verdict(match) == ["Verbatim in the version that the permalink cites; the article is no longer there"]
