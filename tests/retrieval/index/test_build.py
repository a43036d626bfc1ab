"""Building: only what changed is encoded, and nothing tells it from a build from scratch."""

from __future__ import annotations

import io
import json
import logging
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from retrieval.articles.conversion import Converter
from retrieval.articles.corpus import SourceFile, Unit, UnitRead, read_unit, scan
from retrieval.articles.left_out import characters
from retrieval.articles.walk import LeaveOut
from retrieval.encoding.encoder import Tokens
from retrieval.encoding.selection import Chosen
from retrieval.errors import (
    CorpusEmpty,
    CorpusNotFound,
    IndexLocked,
    IndexMismatch,
    IndexNotFound,
    NotAnIndex,
)
from retrieval.index import folder as folders
from retrieval.index.build import build
from retrieval.index.generation import Generation
from retrieval.index.journal import NAMES
from retrieval.index.manifest import Counts, PassageSettings
from retrieval.records import Reason, Warn
from retrieval.remedies import BuildIndex
from retrieval.settings import MetadataSettings
from tests.stored import stored_files
from tests.toy import ARTICLES, PASSAGES, SPEC, ToyEncoder, build_toy, open_toy, toy_chosen, write_corpus


def texts_of(encoder: ToyEncoder) -> str:
    return "\n".join(encoder.encoded)


def assert_as_from_scratch(corpus: Path, index: Path, scratch: Path) -> None:
    """The index is what a build of the corpus from nothing gives, byte by byte."""
    report = build_toy(corpus, scratch)
    assert report.reused == 0
    assert Generation.current(index).manifest.fingerprint == report.manifest.fingerprint
    assert stored_files(index) == stored_files(scratch)


def test_a_first_build_encodes_everything(corpus: Path, tmp_path: Path) -> None:
    encoder = ToyEncoder()
    report = build_toy(corpus, tmp_path / "index", encoder)
    counts = report.manifest.counts
    assert (report.encoded, report.reused, report.dropped, report.unchanged) == (counts.passages, 0, 0, False)
    assert len(encoder.encoded) == counts.passages
    assert (counts.files, counts.articles) == (6, 6)
    assert report.manifest == Generation.current(tmp_path / "index").manifest
    assert report.warnings == ()
    assert [text for text in encoder.encoded if text.startswith("Velmora gets its bridge back. The stone bridge")]


def test_an_unchanged_corpus_writes_nothing(corpus: Path, tmp_path: Path) -> None:
    index, encoder = tmp_path / "index", ToyEncoder()
    first = build_toy(corpus, index)
    pointer = (index / "CURRENT").stat()
    again = build_toy(corpus, index, encoder)
    assert (again.unchanged, again.encoded, again.reused) == (True, 0, first.manifest.counts.passages)
    assert again.manifest == first.manifest
    assert encoder.encoded == []
    assert (index / "CURRENT").stat() == pointer
    assert [folder.name for folder in (index / "generations").iterdir()] == ["000001"]


def test_warnings_are_told_again_where_nothing_is_read_again(corpus: Path, tmp_path: Path) -> None:
    (corpus / "latin.txt").write_bytes("Das Café öffnet um neun Uhr in der alten Mühle.\n".encode("cp1252"))
    (corpus / "scan.pptx").write_bytes(b"PK")
    first = build_toy(corpus, tmp_path / "index")
    assert [warn.path for warn in first.warnings] == ["scan.pptx", "latin.txt"]
    assert build_toy(corpus, tmp_path / "index").warnings == first.warnings
    (corpus / "new.txt").write_text("One more article came in the evening.\n", "utf-8")
    assert build_toy(corpus, tmp_path / "index").warnings == first.warnings


def test_other_names_of_fields_have_the_files_read_again_that_have_fields(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    (corpus / "bell.md").write_text("---\nerschienen: 2019-05-17\n---\nThe bell of Velmora rings at noon.\n", "utf-8")
    (corpus / "tower.html").write_text("<html><body><p>The bell of Velmora rang at noon, they say.</p></body></html>")
    build_toy(corpus, index)
    before = {article.id: article.published for article in Generation.current(index).articles()}
    fields, paths = MetadataSettings(date=("erschienen",)), list[str]()

    def read(unit: Unit, converter: Converter) -> UnitRead:
        paths.append(unit.source.path)
        return read_unit(unit, converter)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retrieval.index.reading.read_unit", read)
        report = build_toy(corpus, index, fields=fields)
        assert build_toy(corpus, index, fields=fields).unchanged
    assert sorted(paths) == ["bell.md", "bridge.md", "letters/mayor.md", "museum.md"]
    assert (report.unchanged, report.encoded) == (False, 0)
    after = {article.id: article.published for article in Generation.current(index).articles()}
    assert (before["bell"], after["bell"]) == (None, "2019-05-17")
    assert (before["bridge"], after["bridge"]) == ("2019-05-17", None)


def test_a_date_that_cannot_be_read_is_named_and_left_out(corpus: Path, tmp_path: Path) -> None:
    (corpus / "bell.md").write_text("---\ndate: soon after noon\n---\nThe bell of Velmora rings at noon.\n", "utf-8")
    (corpus / "wall.md").write_text("---\ndate: 3. März 2021\n---\nThe wall of Velmora is old.\n", "utf-8")
    report = build_toy(corpus, tmp_path / "index")
    reason = "has a date that cannot be read without a guess (“soon after noon”): write it as 2023-06-30"
    assert report.warnings == (Warn("bell.md", reason, skipped=False),)
    dates = {article.id: article.published for article in Generation.current(tmp_path / "index").articles()}
    assert (dates["bell"], dates["wall"]) == (None, "2021-03-03")


def add(corpus: Path) -> None:
    (corpus / "added.txt").write_text("A heron nests on the roof of the town hall.\n", "utf-8")


def change(corpus: Path) -> None:
    text = (corpus / "museum.md").read_text("utf-8")
    (corpus / "museum.md").write_text(text.replace("312 clocks", "a heron and 313 clocks"), "utf-8")


def rename(corpus: Path) -> None:
    (corpus / "storm.txt").rename(corpus / "a-storm.txt")


def delete(corpus: Path) -> None:
    (corpus / "bridge.md").unlink()


def retitle(corpus: Path) -> None:
    text = (corpus / "museum.md").read_text("utf-8")
    (corpus / "museum.md").write_text(text.replace("The museum of clocks", "The heron of clocks"), "utf-8")


def touch(corpus: Path) -> None:
    text = (corpus / "museum.md").read_bytes()
    (corpus / "museum.md").unlink()
    (corpus / "museum.md").write_bytes(text)
    (corpus / "picture.png").write_bytes(b"x")


@pytest.mark.parametrize(
    ("edit", "encoded", "dropped"),
    [(add, 1, 0), (change, 1, 0), (rename, 0, 1), (delete, 0, 1), (retitle, 2, 0)],
)
def test_only_what_changed_is_encoded(edit: object, encoded: int, dropped: int, corpus: Path, tmp_path: Path) -> None:
    assert callable(edit)
    index, encoder = tmp_path / "index", ToyEncoder()
    build_toy(corpus, index)
    edit(corpus)
    report = build_toy(corpus, index, encoder)
    assert (report.encoded, report.dropped, report.unchanged) == (encoded, dropped, False)
    assert len(encoder.encoded) == encoded
    assert report.reused == report.manifest.counts.passages - encoded
    if encoded:
        assert "heron" in texts_of(encoder)
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")


def test_an_article_named_by_its_file_is_encoded_again_when_that_is_renamed(corpus: Path, tmp_path: Path) -> None:
    index, encoder = tmp_path / "index", ToyEncoder()
    add(corpus)
    build_toy(corpus, index)
    (corpus / "added.txt").rename(corpus / "a-heron.txt")
    report = build_toy(corpus, index, encoder)
    assert (report.encoded, report.dropped) == (1, 1)
    assert encoder.encoded == ["a heron. A heron nests on the roof of the town hall."]
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")


def test_the_same_bytes_written_again_change_nothing(corpus: Path, tmp_path: Path) -> None:
    build_toy(corpus, tmp_path / "index")
    touch(corpus)
    assert build_toy(corpus, tmp_path / "index").unchanged


def test_a_long_history_of_edits_ends_as_from_scratch(corpus: Path, tmp_path: Path) -> None:
    drawn, index = random.Random(3), tmp_path / "index"
    for step in range(8):
        for _ in range(drawn.randint(1, 3)):
            present = sorted(path for path in corpus.rglob("*.*") if path.is_file())
            some = drawn.choice(present)
            match drawn.choice(["add", "change", "rename", "delete", "copy"]):
                case "add":
                    (corpus / f"new-{step}.txt").write_text(f"In week {step} the heron came back.\n", "utf-8")
                case "change":
                    some.write_text(f"{some.read_text('utf-8')}\nThe heron stayed for {step} days.\n", "utf-8")
                case "rename":
                    some.rename(some.with_name(f"renamed-{step}-{drawn.random():.4f}{some.suffix}"))
                case "delete" if len(present) > 3:
                    some.unlink()
                case "copy" if "\nid: " not in some.read_text("utf-8"):
                    (corpus / f"copy-{step}{some.suffix}").write_bytes(some.read_bytes())
        build_toy(corpus, index)
        assert_as_from_scratch(corpus, index, tmp_path / f"scratch-{step}")


def test_an_ending_is_part_of_what_an_article_is(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    text = "---\ntitle: A list\n---\n\nThe first line of it\nstands alone.\n\n> Nobody counted\n> the herons at all.\n"
    (corpus / "list.txt").write_text(text, "utf-8")
    build_toy(corpus, index)
    (corpus / "list.txt").rename(corpus / "list.md")
    build_toy(corpus, index)
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")


def test_lines_of_a_jsonl_corpus_are_reused_one_by_one(tmp_path: Path) -> None:
    corpus, index, encoder = tmp_path / "news.jsonl", tmp_path / "index", ToyEncoder()
    lines = [{"id": f"n{row}", "text": f"The heron number {row} came in the evening."} for row in range(5)]
    corpus.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    build_toy(corpus, index)
    lines[3]["text"] = "No heron came."
    corpus.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert build_toy(corpus, index, encoder).encoded == 1
    assert encoder.encoded == ["n3. No heron came."]
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")


def test_another_corpus_replaces_the_one_before(corpus: Path, tmp_path: Path) -> None:
    index, other = tmp_path / "index", tmp_path / "other"
    build_toy(corpus, index)
    other.mkdir()
    (other / "market.txt").write_bytes((corpus / "market.txt").read_bytes())
    report = build_toy(other, index)
    assert (report.encoded, report.dropped, report.manifest.corpus) == (0, 5, str(other))
    assert [article.id for article in Generation.current(index).articles()] == ["market"]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"name": "other"}, "the model's name toy, but other"),
        ({"precision": "int8"}, "precision fp32, but int8"),
        ({"digest": "f" * 64}, f"the model's digest {SPEC.digest}, but {'f' * 64}"),
    ],
    ids=["name", "precision", "digest"],
)
def test_another_encoder_is_refused_until_told(
    changes: dict[str, str], what: str, corpus: Path, tmp_path: Path
) -> None:
    index, encoder = tmp_path / "index", ToyEncoder(replace(SPEC, **changes))  # type: ignore[arg-type]
    first = build_toy(corpus, index)
    again = BuildIndex(index, str(corpus), rebuild=True, model=encoder.spec.name)
    for edit in (touch, add):
        edit(corpus)
        with pytest.raises(IndexMismatch, match=rf"{what} is asked for: build it again, or") as caught:
            build_toy(corpus, index, encoder)
        assert caught.value.remedies == (again,)
        assert Generation.current(index).manifest == first.manifest
    report = build_toy(corpus, index, encoder, rebuild=True)
    assert (report.reused, report.manifest.encoder) == (0, encoder.spec)


def test_other_passage_settings_are_refused_until_told(corpus: Path, tmp_path: Path) -> None:
    index, other = tmp_path / "index", PassageSettings(99, title=False)
    build_toy(corpus, index)
    fault = "settings max_pieces=45, title=true, but max_pieces=99, title=false is asked for: build it again, or"
    with pytest.raises(IndexMismatch, match=fault):
        build_toy(corpus, index, passages=other)
    encoder = ToyEncoder()
    assert build_toy(corpus, index, encoder, passages=other, rebuild=True).manifest.passages == other
    assert not [text for text in encoder.encoded if text.startswith("Velmora gets its bridge back.")]


def test_the_encoder_is_chosen_by_the_generation_to_add_to(corpus: Path, tmp_path: Path) -> None:
    seen = list[Generation | None]()

    def choose(before: Generation | None) -> Chosen:
        seen.append(before)
        return toy_chosen()

    for rebuild in (False, False, True):
        build(corpus, tmp_path / "index", choose, PASSAGES, rebuild=rebuild)
    assert [before.manifest.encoder if before else None for before in seen] == [None, SPEC, None]


def texts_by_id(index: Path) -> dict[str, str]:
    return {article.id: article.text for article in Generation.current(index).articles()}


def test_of_articles_with_one_id_the_first_keeps_it_and_the_others_are_named(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    texts = {name: f"The {name} heron came." for name in ("storm.md", "storm.txt", "storm-2.txt", "storm.markdown")}
    for name, text in texts.items():
        (corpus / name).write_text(text, "utf-8")
    (corpus / "z.jsonl").write_text('{"id": "storm", "text": "It sang."}\n{"id": "storm", "text": "It flew."}\n')
    reason = "has the id 'storm', as storm.markdown has: it is given the id 'storm-{}'"
    places = [("storm.md", 3), ("storm.txt", 4), ("z.jsonl", 5)]
    within = "has the id 'storm', as line 1 has: it is given the id 'storm-2'"
    beside = "has the id 'storm-2', as storm-2.txt has: it is given the id 'storm-2-2'"
    warned = (
        *(Warn(path, reason.format(number), skipped=False) for path, number in places[:2]),
        Warn("z.jsonl:2", within, skipped=False),
        Warn("z.jsonl", reason.format(5), skipped=False),
        Warn("z.jsonl", beside, skipped=False),
    )
    assert build_toy(corpus, index).warnings == warned
    assert texts_by_id(index) == {
        "storm": texts["storm.markdown"], "storm-2": texts["storm-2.txt"], "storm-3": texts["storm.md"],
        "storm-4": texts["storm.txt"], "storm-5": "It sang.", "storm-2-2": "It flew.",
    }  # fmt: skip
    again = build_toy(corpus, index)
    assert (again.unchanged, again.warnings) == (True, warned)
    add(corpus)
    for step, gone in enumerate(("added.txt", "storm.markdown", "storm.md")):
        build_toy(corpus, index)
        assert_as_from_scratch(corpus, index, tmp_path / f"scratch-{step}")
        (corpus / gone).unlink()
    build_toy(corpus, index)
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")
    assert texts_by_id(index)["storm"] == texts["storm.txt"]


def fail_to_read(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    """Let files of a name fail when they are read, and not when they are listed."""
    opened, times = Path.open, list[Path]()

    def failing(self: Path, *arguments: Any, **named: Any) -> Any:
        if self.name == name:
            times.append(self)
            if len(times) % 2 == 0:
                raise error
        return opened(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", failing)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(13, "Permission denied"), "cannot be read (Permission denied)"),
        (OSError(5, "Input/output error"), "cannot be read (Input/output error)"),
        (FileNotFoundError(2, "gone"), "vanished while the corpus was read"),
    ],
)
@pytest.mark.parametrize("name", ["storm.txt", "more.jsonl"])
def test_a_file_that_could_not_be_read_is_read_by_the_next_build(
    name: str, error: Exception, reason: str, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, warned = tmp_path / "index", (Warn(name, reason, retry=True),)
    (corpus / "more.jsonl").write_text('{"id": "more", "text": "The heron came in the evening."}\n', "utf-8")
    with monkeypatch.context() as patch:
        fail_to_read(patch, name, error)
        first = build_toy(corpus, index)
        assert (first.warnings, first.manifest.counts.files) == (warned, 6)
        again = build_toy(corpus, index)
        assert (again.warnings, again.unchanged, again.manifest) == (warned, True, first.manifest)
        add(corpus)
        assert build_toy(corpus, index).warnings == warned
        assert Path(name).stem not in texts_by_id(index)
    last = build_toy(corpus, index)
    assert (last.warnings, last.unchanged, last.encoded) == ((), False, 2 if name == "storm.txt" else 1)
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")


def test_a_build_that_still_cannot_read_a_file_repeats_every_warning(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "storm.markdown").write_text("The gray heron came.", "utf-8")
    (corpus / "storm.md").write_text("The blue heron came.", "utf-8")
    fail_to_read(monkeypatch, "harbour.txt", OSError(5, "Input/output error"))
    first = build_toy(corpus, tmp_path / "index")
    assert {warn.path for warn in first.warnings} == {"harbour.txt", "storm.md", "storm.txt"}
    again = build_toy(corpus, tmp_path / "index")
    assert (again.unchanged, again.warnings) == (True, first.warnings)


def test_a_file_that_had_articles_and_cannot_be_read_comes_back(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    build_toy(corpus, index)
    change(corpus)
    with monkeypatch.context() as patch:
        fail_to_read(patch, "museum.md", OSError(5, "Input/output error"))
        report = build_toy(corpus, index)
        assert [warn.path for warn in report.warnings] == ["museum.md"]
        assert (report.dropped, "clock-museum" in texts_by_id(index)) == (1, False)
    assert build_toy(corpus, index).warnings == ()
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")


@pytest.mark.parametrize("broken", ["retrieval.articles.corpus.read_text", "retrieval.index.splitting.cut"])
def test_an_error_that_nobody_foresaw_costs_one_document(
    broken: str,
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unforeseen_errors: logging.Handler,
    caplog: pytest.LogCaptureFixture,
) -> None:
    index, works = tmp_path / "index", import_module(broken.rpartition(".")[0])
    function = getattr(works, broken.rpartition(".")[2])

    def breaking(*arguments: Any) -> Any:
        if any("161 kilometres" in str(argument) for argument in arguments):
            raise KeyError("heron")
        return function(*arguments)

    monkeypatch.setattr(broken, breaking)
    with pytest.raises(KeyError):
        build_toy(corpus, index)
    logging.getLogger("retrieval").removeHandler(unforeseen_errors)
    for _ in range(2):
        (warn,) = build_toy(corpus, index).warnings
        assert (warn.path, warn.skipped) == ("storm.txt", True)
        assert warn.reason == "cannot be read (KeyError, which should not have happened: the log has more)"
        assert open_toy(index).ask("Who winds the clocks of the museum?").answered
    add(corpus)
    assert [warn.path for warn in build_toy(corpus, index).warnings] == ["storm.txt"]
    assert "storm.txt met an error that nobody foresaw" in caplog.text
    assert "KeyError: 'heron'" in caplog.text


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_what_is_no_fault_of_a_document_ends_the_build(
    error: type[BaseException], corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(*_: object) -> None:
        raise error

    for broken in ("retrieval.index.splitting.cut", "retrieval.articles.corpus.read_text"):
        monkeypatch.setattr(broken, breaking)
        with pytest.raises(error):
            build_toy(corpus, tmp_path / "index")


def test_a_corpus_without_an_article(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    with pytest.raises(CorpusNotFound):
        build_toy(corpus, index)
    corpus.mkdir()
    with pytest.raises(CorpusEmpty, match=rf"^The corpus {corpus} has no article to index, it holds none: add"):
        build_toy(corpus, index)
    (corpus / "a.txt").write_bytes(b"")
    (corpus / "b.txt").write_bytes(b"\x00\x01")
    listed = "'a.txt' is empty, 'b.txt' is not text: it holds NUL characters"
    with pytest.raises(CorpusEmpty, match=rf"all of its 2 files were skipped \({listed}\): add files with"):
        build_toy(corpus, index)
    (corpus / "a.txt").write_text("Share this article on Facebook\n", "utf-8")
    (corpus / "b.txt").unlink()
    with pytest.raises(CorpusEmpty, match=r"its one file was skipped \('a\.txt' has nothing to quote: one line"):
        build_toy(corpus, index)
    assert not list(index.glob("building-*"))


@pytest.mark.parametrize("instant", ["scan", "read"])
def test_a_corpus_of_which_no_file_may_be_read(instant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, index, opened = tmp_path / "corpus", tmp_path / "index", io.open
    corpus.mkdir()
    for name in "abcde":
        (corpus / f"{name}.txt").write_text("The crow sat on the barn.\n", "utf-8")

    def refuse(file: Any, *arguments: Any, **options: Any) -> Any:
        if Path(str(file)).parent == corpus:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, *arguments, **options)

    sources, warns = scan(corpus, folders.is_part_of(index))
    if instant == "read":
        monkeypatch.setattr("retrieval.index.build.scan", lambda *_: (sources, warns))
    with monkeypatch.context() as patched:
        patched.setattr("io.open", refuse)
        with pytest.raises(CorpusEmpty) as caught:
            build_toy(corpus, index)
    named = ", ".join(f"'{name}.txt' cannot be read (Permission denied)" for name in "abc")
    remedy = "give yourself permission to read them (`chmod -R u+rX`, if they are yours), or check their disk"
    assert str(caught.value) == (
        f"The corpus {corpus} has no article to index, all of its 5 files were skipped ({named}, and 2 more): {remedy}."
    )
    assert build_toy(corpus, index).manifest.counts.articles == 5


def test_articles_with_nothing_to_quote_are_named(corpus: Path, tmp_path: Path) -> None:
    (corpus / "numbers.txt").write_text("1, 2, 3.\n4.\n", "utf-8")
    (corpus / "title.md").write_text("---\ntitle: Only a title\n---\n# Only a title\n", "utf-8")
    (corpus / "menu.txt").write_text("Share this article on Facebook\n\nCookies\n", "utf-8")
    lines = [{"_id": "full", "text": "The crow sat on the barn."}, {"_id": "bare", "text": "Crows"}]
    (corpus / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    line = "has nothing to quote: one line, which is no sentence (a title?)"
    warnings = [
        Warn("lines.jsonl", f"holds the article 'bare', which {line}"),
        Warn("menu.txt", "has nothing to quote: no sentence, only titles, labels, code or page furniture"),
        Warn("numbers.txt", "has nothing to quote: no word, only numbers or signs"),
        Warn("title.md", line),
    ]
    index = tmp_path / "index"
    assert list(build_toy(corpus, index).warnings) == warnings
    again = build_toy(corpus, index)
    assert (again.unchanged, list(again.warnings)) == (True, warnings)
    (corpus / "harbour.txt").write_text("The harbour was closed in May.\n", "utf-8")
    assert list(build_toy(corpus, index).warnings) == warnings, "of articles that are taken over too"
    (corpus / "title.md").write_text("# Only a title\n\nNow it says something.\n", "utf-8")
    assert list(build_toy(corpus, index).warnings) == warnings[:-1]


def test_sentences_of_stop_words_and_articles_of_one_sentence(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    (corpus / "a.txt").write_text("It is not to be, and they will be there.\n", "utf-8")
    build_toy(corpus, index)
    assert open_toy(index).ask("Will it be?").quotes[0].text == "It is not to be, and they will be there."


class Interrupted(ToyEncoder):
    """Fails at its third passage."""

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self._error = error

    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        for row, tokens in enumerate(super()._encode(texts)):
            if row == 2:
                raise self._error
            yield tokens


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_build_leaves_the_generation_before(
    error: type[BaseException], corpus: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    with pytest.raises(error):
        build_toy(corpus, index, Interrupted(error))
    with pytest.raises(IndexNotFound):
        Generation.current(index)
    first = build_toy(corpus, index)
    assert first.reused == 2
    herons = "".join(f"Heron {number} came to the very old mill. " for number in range(40))
    (corpus / "long.txt").write_text(herons, "utf-8")
    with pytest.raises(error):
        build_toy(corpus, index, Interrupted(error))
    assert Generation.current(index).manifest == first.manifest
    assert not [path.name for path in index.iterdir() if path.name.startswith("building")]
    assert (index / "builder").read_bytes() == b""
    assert build_toy(corpus, index).reused == first.manifest.counts.passages + 2
    assert not {path.name for path in index.iterdir()} & set(NAMES)
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")


@pytest.mark.parametrize("name", ["texts.bin", "sources.json", "vectors.array", "manifest.json"])
def test_a_damaged_generation_is_made_again(name: str, corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    first = build_toy(corpus, index)
    file = Generation.current(index).folder / name
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    report = build_toy(corpus, index)
    assert not report.unchanged
    assert report.manifest.fingerprint == first.manifest.fingerprint
    assert list(Generation.current(index).verify())


def test_progress_is_told_from_start_to_end(corpus: Path, tmp_path: Path) -> None:
    calls = list[tuple[str, int, int]]()
    report = build(
        corpus, tmp_path / "index", lambda before: toy_chosen(), PASSAGES, progress=lambda *step: calls.append(step)
    )
    assert list(dict.fromkeys(stage for stage, _, _ in calls)) == ["read", "encode", "write"]
    for stage in ("read", "encode", "write"):
        steps = [(count, total) for name, count, total in calls if name == stage]
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1] > 0
    assert ("encode", report.encoded, report.encoded) in calls


def test_a_text_that_the_encoder_cuts_short(corpus: Path, tmp_path: Path) -> None:
    """The title alone may fill a small model: then a passage has no tokens, and its sentences score by their terms."""
    index, encoder = tmp_path / "index", ToyEncoder(replace(SPEC, max_pieces=4))
    report = build_toy(corpus, index, encoder)
    assert report.manifest.counts.tokens < report.manifest.counts.sentences * 4
    again = build_toy(corpus, index, encoder)
    assert again.unchanged
    add(corpus)
    assert build_toy(corpus, index, encoder).reused == report.manifest.counts.passages
    assert open_toy(index).ask("How many clocks does the museum keep?").quotes


def test_a_passage_fits_what_the_encoder_reads(corpus: Path, tmp_path: Path) -> None:
    """Where the model reads less than a passage may have, passages are shorter, so that no sentence goes unseen."""
    index, encoder = tmp_path / "index", ToyEncoder(replace(SPEC, max_pieces=40))
    build_toy(corpus, index, encoder, passages=PassageSettings(200))
    generation = Generation.current(index)
    assert all(last > first for first, last in generation.sentences[:, 4:6].tolist())


@pytest.mark.parametrize("named", ["index", "articles/../index", "link", "link/../link"])
def test_an_index_in_its_corpus_is_no_part_of_it(named: str, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus" / "articles").parent
    (corpus / "link").symlink_to(corpus / "index")
    (corpus / "words.txt").symlink_to(corpus / "index" / "generations" / "000001" / "words.bin")
    (corpus / "index").mkdir()
    index = corpus / named
    articles = sorted(f"articles/{name}" for name in ARTICLES)
    first = build_toy(corpus, index)
    assert sorted(article.path or "" for article in Generation.current(index).articles()) == articles
    assert [warn.path for warn in first.warnings] == ["words.txt"], "a link that leads nowhere yet"
    for _ in range(2):
        again = build_toy(corpus, index)
        assert (again.unchanged, again.warnings) == (True, ())
    assert build_toy(corpus, index, rebuild=True).manifest.counts.files == len(ARTICLES)


def test_another_index_and_a_killed_build_are_no_articles(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus" / "articles").parent
    build_toy(corpus / "articles", corpus / "old")
    (corpus / "old" / "mine.txt").write_text("This text lies beside an index, and is read.\n", "utf-8")
    begun = corpus / "index" / "building-0123456789abcdef"
    begun.mkdir(parents=True)
    (begun / "words.txt").write_text("half of the words\n", "utf-8")
    (begun.parent / "builder").write_text(f"process 1, since 12:00:00 UTC\n{begun.name}\n", "ascii")
    report = build_toy(corpus, corpus / "index")
    paths = sorted(article.path or "" for article in Generation.current(corpus / "index").articles())
    assert paths == sorted([*(f"articles/{name}" for name in ARTICLES), "old/mine.txt"])
    assert report.warnings == ()


def test_a_corpus_below_its_index(corpus: Path, tmp_path: Path) -> None:
    """An index where articles lie is refused; one that an earlier quoth put there is known, and not read."""
    with pytest.raises(NotAnIndex, match=r"it holds 'bridge\.md', 'harbour\.txt', 'letters', and 3 more\)"):
        build_toy(corpus, corpus)
    build_toy(corpus, tmp_path / "index")
    shutil.copytree(tmp_path / "index", corpus, dirs_exist_ok=True)
    (corpus / "building-site").mkdir()
    (corpus / "building-site" / "plan.txt").write_text("The site will be cleared by nobody at all.\n", "utf-8")
    report = build_toy(corpus, corpus)
    assert (report.manifest.counts.files, report.warnings) == (len(ARTICLES) + 1, ())
    assert (corpus / "building-site" / "plan.txt").exists()
    assert build_toy(corpus / "letters", corpus).manifest.counts.files == 1


def test_a_word_that_is_cut_between_two_sentences_stops_no_build(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "hum.txt").write_text("m" * 3000 + ".\n", "utf-8")
    report = build_toy(tmp_path / "corpus", tmp_path / "index")
    assert report.manifest.counts.sentences == 3


def assert_all_is_counted(index: Path) -> Counts:
    """Every character that was read is quoted, or counted among those that are not."""
    generation = Generation.current(index)
    counts, counter = generation.manifest.counts, Counter[Reason]()
    for row in range(len(generation)):
        for piece in generation.left_out(row):
            counter[piece.reason] += piece.characters
    assert counter == counts.left_out
    quoted = sum(
        characters(generation.article(sentence.article).text[sentence.start : sentence.end])
        for sentence in map(generation.sentence, range(counts.sentences))
    )
    assert quoted + counter.total() == counts.characters
    return counts


def test_what_is_never_quoted_is_counted_in_every_build(corpus: Path, tmp_path: Path) -> None:
    (corpus / "page.html").write_text(
        "<html><body><nav><p>Doe was hanged at noon.</p></nav><article><h1>The gale</h1><p>The gale of 1907 tore the "
        "roof off the shed, and it sank eleven boats.</p><p>Advertisement</p><p>Nobody was hurt that night, as the "
        "mayor said.</p></article></body></html>",
        "utf-8",
    )
    (corpus / "lines.jsonl").write_text(
        '{"_id": "a", "text": "Who was it? It was the mayor of the town."}\n'
        '{"_id": "b", "text": "The mayor went home early."}\n',
        "utf-8",
    )
    index = tmp_path / "index"
    build_toy(corpus, index)
    counts = assert_all_is_counted(index)
    assert counts.left_out[Reason.OUTSIDE] == characters("Doe was hanged at noon.")
    assert counts.left_out[Reason.FURNITURE] >= len("Advertisement")
    assert counts.left_out[Reason.CONTEXT] >= characters("Who was it? The gale")
    change(corpus)
    lines = (corpus / "lines.jsonl").read_text("utf-8")
    (corpus / "lines.jsonl").write_text(lines.replace("early", "late"), "utf-8")
    build_toy(corpus, index)
    assert_all_is_counted(index)
    assert_as_from_scratch(corpus, index, tmp_path / "scratch")
    assert build_toy(corpus, index).manifest.counts == assert_all_is_counted(tmp_path / "scratch")


def test_a_corpus_is_scanned_while_no_other_build_can_change_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a build that waited would publish what it had seen before the other one."""
    index, scanned = tmp_path / "index", list[Path]()

    def scan_locked(corpus: Path, leave_out: LeaveOut, fields: MetadataSettings) -> tuple[list[SourceFile], list[Warn]]:
        with pytest.raises(IndexLocked), folders.building(index):
            pass
        scanned.append(corpus)
        return scan(corpus, leave_out, fields)

    monkeypatch.setattr("retrieval.index.build.scan", scan_locked)
    corpus = write_corpus(tmp_path / "articles")
    build_toy(corpus, index)
    assert scanned == [corpus]
