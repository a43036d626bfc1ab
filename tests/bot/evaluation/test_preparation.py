"""What a gold set is asked over, where its index is cached, and that two runs at once do not disturb each other."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_cache_path

import bot.evaluation.preparation
from bot.answering.building import build_index
from bot.evaluation.preparation import judge
from bot.settings import IndexSettings, ModelSettings, Settings
from bot.streams import notice
from retrieval.answering.reader import BUILT_IN_FOLDER, checked_digest
from retrieval.errors import CorpusNotFound, GoldInvalid, IndexNotFound, InputInvalid
from retrieval.evaluation.gold import sets as gold_sets
from retrieval.remedies import SkipBadQuestions
from tests.bot.conftest import HARBOUR, write_corpus
from tests.conftest import MODEL_CACHE

LIGHTHOUSE = "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira."
PARAGRAPH = "The mill of Arden burned down in 1620. It was never built again."


@pytest.fixture
def settings(index: Path) -> Settings:
    """Over the index of the test corpus."""
    return Settings(index=IndexSettings(index), model=ModelSettings(cache=MODEL_CACHE))


def gold_line(id_: str, question: str, quote: str | None = None, **more: object) -> str:
    start = HARBOUR.index(quote) if quote else 0
    gold = [{"article": "harbour", "start": start, "end": start + len(quote), "quote": quote}] if quote else []
    return json.dumps({"id": id_, "question": question, "answerable": bool(gold), "gold": gold, "tags": [], **more})


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Two questions about the test corpus."""
    file = tmp_path / "gold.jsonl"
    file.write_text(
        gold_line("1", "Who built the lighthouse?", LIGHTHOUSE) + "\n" + gold_line("2", "Who baked the bread?") + "\n"
    )
    return file


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    """A SQuAD file of one paragraph."""
    question = {
        "id": "a",
        "question": "When did the mill burn down?",
        "answers": [{"text": "1620", "answer_start": PARAGRAPH.index("1620")}],
        "is_impossible": False,
    }
    file = tmp_path / "mills.json"
    paragraphs = [{"context": PARAGRAPH, "qas": [question]}]
    file.write_text(json.dumps({"version": "v2.0", "data": [{"title": "Arden", "paragraphs": paragraphs}]}))
    return file


def cached() -> list[str]:
    """Return the names in the user's cache folder for evaluations."""
    home = user_cache_path("quoth") / "evaluation"
    return sorted(path.name for path in home.iterdir()) if home.is_dir() else []


def test_gold_lines_are_asked_over_the_settings_index(gold: Path, settings: Settings, index: Path) -> None:
    judging = judge(gold, settings)
    assert [posed.gold.id for posed in judging.posed] == ["1", "2"]
    assert [len(posed.targets) for posed in judging.posed] == [1, 0]
    assert (judging.settings, judging.left_out, cached()) == (settings, (), [])
    provenance = judging.provenance
    assert (provenance.gold, provenance.gold_sha256) == ("gold.jsonl", judging.gold.sha256)
    assert (provenance.corpus, provenance.index) == (str(index), judging.engine.fingerprint)
    assert (provenance.model, provenance.threshold) == ("all-MiniLM-L6-v2", judging.engine.threshold)
    assert dict(provenance.settings)["word_cost"] == str(settings.answer.word_cost)
    assert dict(provenance.settings)["calibration"] == "none"
    assert dict(provenance.settings)["reader"] == judging.engine.reader_digest == checked_digest(BUILT_IN_FOLDER)
    assert provenance.version
    assert provenance.made.endswith("+00:00")


def test_a_corpus_is_indexed_once_and_kept_up_to_date(
    gold: Path, settings: Settings, corpus: Path, tmp_path: Path
) -> None:
    folder = write_corpus(tmp_path / "articles")
    first = judge(gold, settings, corpus=folder)
    assert first.provenance.corpus == str(folder)
    assert first.settings.corpus.path == folder
    home = first.settings.index.path
    assert home.is_relative_to(user_cache_path("quoth") / "evaluation")
    again = judge(gold, settings, corpus=Path(os.path.relpath(folder)))
    assert (again.engine.fingerprint, again.settings.index.path) == (first.engine.fingerprint, home)
    assert len(list((home / "generations").iterdir())) == 1, "nothing was built again"
    (folder / "new.txt").write_text("A pear tree grows behind the customs house of the town.\n")
    later = judge(gold, settings, corpus=folder)
    assert later.settings.index.path == home
    assert later.engine.fingerprint != first.engine.fingerprint
    assert len(cached()) == 1


def test_what_makes_an_index_another_has_one_of_its_own(gold: Path, settings: Settings, corpus: Path) -> None:
    indexes = {judge(gold, settings, corpus=corpus).settings.index.path}
    for index in (replace(settings.index, max_pieces=100), replace(settings.index, title=False)):
        indexes.add(judge(gold, replace(settings, index=index), corpus=corpus).settings.index.path)
    assert len(indexes) == len(cached()) == 3


def test_a_cached_index_that_does_not_fit_is_rebuilt(gold: Path, settings: Settings, corpus: Path) -> None:
    home = judge(gold, settings, corpus=corpus).settings.index.path
    shutil.rmtree(home)
    other = replace(settings, index=replace(settings.index, path=home, max_pieces=40))
    build_index(replace(other, corpus=replace(other.corpus, path=corpus)), lambda *_: None)
    assert judge(gold, settings, corpus=corpus).engine.generation.manifest.passages.max_pieces == 200


def test_a_gold_set_with_a_corpus_brings_it(squad: Path, settings: Settings) -> None:
    judging = judge(squad, settings)
    assert judging.provenance.corpus == str(squad)
    assert len(judging.engine.generation) == 1
    assert [target.answer for target in judging.posed[0].targets] == ["1620"]
    folders = cached()
    assert len(folders) == 2
    assert folders[1].startswith(f"gold-{judging.gold.sha256[:16]}")
    moved = shutil.move(squad, squad.with_name("moved.json"))
    assert judge(Path(moved), settings).settings.index.path == judging.settings.index.path
    assert cached() == folders


def test_an_index_that_is_named_comes_before_the_corpus_that_is_brought(squad: Path, settings: Settings) -> None:
    with pytest.raises(GoldInvalid, match="is in no article of the index"):
        judge(squad, settings, indexed=True)
    assert cached() == []


def test_a_corpus_that_is_named_comes_before_the_one_that_is_brought(
    squad: Path, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "mills").mkdir()
    (tmp_path / "mills" / "all.txt").write_text(f"About mills.\n\n{PARAGRAPH}\n")
    judging = judge(squad, settings, corpus=tmp_path / "mills")
    assert judging.posed[0].targets[0].article == "all"
    assert len(cached()) == 1


def test_a_corpus_or_index_that_cannot_be_used_is_an_error(
    gold: Path, settings: Settings, corpus: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputInvalid, match="--corpus and --index were both given: name the articles or the index"):
        judge(gold, settings, corpus=corpus, indexed=True)
    with pytest.raises(CorpusNotFound):
        judge(gold, settings, corpus=tmp_path / "nowhere")
    with pytest.raises(IndexNotFound):
        judge(gold, replace(settings, index=IndexSettings(tmp_path / "nowhere")), indexed=True)
    assert cached() == []


def test_a_cache_that_cannot_be_written_is_an_error(
    squad: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(InputInvalid, match=r"The cache folder \S+ cannot be written \(Not a directory\): make it wr"):
        judge(squad, settings)


def test_an_index_without_any_article_of_the_gold_is_one_error(gold: Path, settings: Settings, tmp_path: Path) -> None:
    def ask(*articles: str, corpus: Path | None = None) -> str:
        lines = [json.loads(gold_line(str(number), f"Who {number}?", LIGHTHOUSE)) for number in range(len(articles))]
        for line, article in zip(lines, articles, strict=True):
            line["gold"][0]["article"] = article
        gold.write_text("".join(json.dumps(line) + "\n" for line in lines))
        with pytest.raises((InputInvalid, GoldInvalid)) as caught:
            judge(gold, settings, corpus=corpus, skip_bad=True)
        return str(caught.value)

    index, remedy = settings.index.path, "name the index to ask over with --index, or its articles with --corpus."
    assert ask("mill", "bridge", "mill") == (
        f"The index {index} has none of the 2 articles that the gold set gold.jsonl names: {remedy}"
    )
    assert ask("mill", "mill") == (
        f"The index {index} has no article “mill”, the only one that the gold set gold.jsonl names: {remedy}"
    )
    assert "line 1: gold 1: " in ask("mill"), "a fault of one question"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "news.txt").write_text(PARAGRAPH)
    assert ask("harbour", "bees", corpus=tmp_path / "other").startswith(f"The corpus {tmp_path / 'other'} has none of")


def test_questions_with_faults_are_left_out_and_listed(
    gold: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    gold.write_text(gold_line("0", "Who?", "sea").replace('"quote": "sea"', '"quote": "see"') + "\n" + gold.read_text())
    with gold.open("a") as file:
        file.write("nonsense\n")
        file.write(gold_line("3", "Who?", "lighthouse").replace('"article": "harbour"', '"article": "harber"') + "\n")
    with pytest.raises(GoldInvalid) as raised:
        judge(gold, settings)
    assert raised.value.gold == str(gold)
    assert [where for where, _ in raised.value.faults] == ["line 1", "line 4", "line 5"], "of lines and places at once"
    assert raised.value.others == 2
    judging = judge(gold, settings, skip_bad=True)
    assert [posed.gold.id for posed in judging.posed] == ["1", "2"]
    assert [fault.partition(":")[0] for fault in judging.left_out] == ["line 1", "line 4", "line 5"]
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Left out of the gold set (3 faults):"
    assert [line.partition(":")[0] for line in lines[1:]] == ["  line 1", "  line 4", "  line 5"]


def test_faults_of_lines_are_listed_where_every_place_is_right(gold: Path, settings: Settings) -> None:
    gold.write_text(gold.read_text() + "nonsense\n")
    with pytest.raises(GoldInvalid, match=r"has a fault, so nothing was asked:\n  line 3: it is not JSON") as caught:
        judge(gold, settings)
    assert caught.value.remedies == (SkipBadQuestions(2),)
    gold.write_text("nonsense\n")
    with pytest.raises(GoldInvalid, match=r"has a fault, so nothing was asked:\n  line 1: it is not JSON") as caught:
        judge(gold, settings)
    assert caught.value.remedies == ()


def test_of_many_faults_the_first_are_listed(
    gold: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with gold.open("a") as file:
        file.write("nonsense\n" * 25)
    assert len(judge(gold, settings, skip_bad=True).left_out) == 25
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 22
    assert lines[-1] == "  and 5 more"


def test_a_build_by_another_run_is_waited_for(
    gold: Path, settings: Settings, corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    began, waiting = threading.Event(), threading.Event()
    build = build_index

    def slowly(of: Settings, progress: Callable[[str, int, int], None], **how: Any) -> object:
        def paused(stage: str, count: int, total: int) -> None:
            began.set()
            assert waiting.wait(60), "the other run never came to wait"

        return build(of, paused if not began.is_set() else progress, **how)

    def telling(message: str) -> None:
        notice(message)
        waiting.set()

    monkeypatch.setattr(bot.evaluation.preparation, "build_index", slowly)
    monkeypatch.setattr(bot.evaluation.preparation, "notice", telling)
    fingerprints: list[str] = []
    first = threading.Thread(
        target=lambda: fingerprints.append(judge(gold, settings, corpus=corpus).engine.fingerprint), daemon=True
    )
    first.start()
    assert began.wait(60)
    fingerprints.append(judge(gold, settings, corpus=corpus).engine.fingerprint)
    first.join(60)
    assert len(fingerprints) == 2
    assert len(set(fingerprints)) == 1
    assert capsys.readouterr().err == f"Another run is indexing {corpus}: waiting for it\n"


def test_a_corpus_from_a_gold_set_is_written_whole_or_not_at_all(
    squad: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = gold_sets.read

    def breaking(path: Path, longest: int, *, skip_bad: bool = False) -> object:
        def write(folder: Path) -> None:
            (folder / "half.txt").write_text("Half of ")
            raise KeyboardInterrupt

        return replace(read(path, longest, skip_bad=skip_bad), corpus=write)

    monkeypatch.setattr(gold_sets, "read", breaking)
    with pytest.raises(KeyboardInterrupt):
        judge(squad, settings)
    assert cached() == []
    monkeypatch.undo()


def test_two_runs_that_write_the_same_corpus_agree(
    squad: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = gold_sets.read

    def overtaken(path: Path, longest: int, *, skip_bad: bool = False) -> object:
        gold = read(path, longest, skip_bad=skip_bad)

        def write(folder: Path) -> None:
            assert gold.corpus is not None
            gold.corpus(folder)
            other = folder.parents[1] / f"gold-{gold.sha256[:16]}-{bot.evaluation.preparation.CORPUS_FORMAT}"
            shutil.copytree(folder, other)

        return replace(gold, corpus=write)

    monkeypatch.setattr(gold_sets, "read", overtaken)
    assert len(judge(squad, settings).posed) == 1
    assert [name for name in cached() if name.startswith("writing")] == []
