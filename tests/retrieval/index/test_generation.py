"""A generation opened for reading, and what happens when its files are not what was written."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.citations.verifier import verify
from retrieval.engine import Engine
from retrieval.errors import IndexDamaged
from retrieval.index.build import build
from retrieval.index.builder import REMOVED
from retrieval.index.faults import check_file
from retrieval.index.generation import Generation
from retrieval.index.store import BLOCKS
from retrieval.records import Answer, ArticleRef, Match
from tests.odd_files import KINDS, put_odd_file
from tests.toy import PASSAGES, SHARED_LINE, ToyEncoder, build_toy, open_toy, toy_chosen, write_corpus

QUESTIONS = (
    "Who winds the clocks on Sunday?",
    "What did the gale sink?",
    "Where is the market held?",
    "Who cut blocks?",
)
TEXTS = (SHARED_LINE, "Wells on the hill ran dry twice last year", "The oldest clock was built by a nun in 1540.")
FLIPS = 8  # damaged places a file


def files(index: Path) -> list[str]:
    """Every file of the current generation."""
    folder = Generation.current(index).folder
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def heard(engine: Engine) -> tuple[list[Answer], list[Match]]:
    """What the engine answers, apart from how long it took."""
    answers = [replace(engine.ask(question), elapsed_ms=0.0) for question in QUESTIONS]
    return answers, [verify(engine, text) for text in TEXTS]


def fault_of(act: Callable[[], object]) -> Path | None:
    """The damaged file that the act is refused for, if it is."""
    try:
        act()
    except IndexDamaged as error:
        return error.file
    return None


@pytest.fixture
def index(toy_index: Path, tmp_path: Path) -> Path:
    """A copy of the index, to be damaged."""
    return Path(shutil.copytree(toy_index, tmp_path / "index"))


def test_articles_are_found_by_their_ids(toy_index: Path) -> None:
    generation = Generation.current(toy_index)
    ids = [article.id for article in generation.articles()]
    assert ids == sorted(ids) == ["bridge", "clock-museum", "harbour", "letters/mayor", "market", "storm"]
    assert [generation.row_of(id_) for id_ in ids] == list(range(6))
    for absent in ("", "a", "bridge2", "Bridge", "museum", "storm ", "\U0010ffff"):
        assert generation.row_of(absent) is None
    assert generation.ref(0) == ArticleRef("bridge", "Velmora gets its bridge back", "https://courier.example/bridge")


def test_passages_and_sentences_are_in_order_and_belong_together(toy_index: Path) -> None:
    generation = Generation.current(toy_index)
    counts = generation.manifest.counts
    assert (len(generation), len(generation.passages)) == (counts.articles, counts.passages)
    by_article = [generation.passages_of(row) for row in range(len(generation))]
    assert [row for rows in by_article for row in rows] == list(range(counts.passages))
    assert [row for passage in range(counts.passages) for row in generation.sentences_of(passage)] == list(
        range(counts.sentences)
    )
    tokens = 0
    for row, rows in enumerate(by_article):
        for passage in rows:
            article, start, end = generation.passages[passage].tolist()
            sentences = [generation.sentence(place) for place in generation.sentences_of(passage)]
            assert article == row
            assert start <= sentences[0].start
            assert end == sentences[-1].end
            assert [sentence.passage for sentence in sentences] == [passage] * len(sentences)
            last_tokens = [sentence.last_token for sentence in sentences]
            read_before = len(generation.context_text(passage).split())
            assert [sentence.first_token for sentence in sentences] == [read_before, *last_tokens[:-1]]
            assert last_tokens[-1] == len(generation.bits(passage))
            tokens += last_tokens[-1]
    assert tokens == counts.tokens


def test_a_comment_in_a_heading_is_neither_read_nor_cited(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    text = "# Pools\n\n## Opening <!-- ask Dana --> hours\n\nThe pool opens at seven in the morning on weekdays.\n"
    (tmp_path / "corpus" / "pool.md").write_text(text, "utf-8")
    encoder = ToyEncoder()
    build_toy(tmp_path / "corpus", tmp_path / "index", encoder)
    generation = Generation.current(tmp_path / "index")
    sentence = generation.sentence(0)
    assert generation.context_text(sentence.passage).endswith("Opening hours. ")
    assert encoder.encoded == [f"Pools. {generation.context_text(0)}{generation.text(generation.passage(0))}"]
    citation = generation.cite(0, sentence.start, sentence.end, sentence.paragraph)
    assert citation.section[-1] == "Opening hours"


def test_verify_names_every_file(toy_index: Path) -> None:
    generation = Generation.current(toy_index)
    assert [*generation.verify(), "manifest.json"] == sorted(
        [*files(toy_index)], key=lambda name: name == "manifest.json"
    )


def test_every_file_that_is_cut_short_is_named(index: Path) -> None:
    folder = Generation.current(index).folder
    for name in files(index):
        whole = (folder / name).read_bytes()
        for length in (0, len(whole) // 2, len(whole) - 1):
            (folder / name).write_bytes(whole[:length])
            with pytest.raises(IndexDamaged) as caught:
                Generation.current(index)
            assert caught.value.file == folder / name
        (folder / name).unlink()
        with pytest.raises(IndexDamaged) as caught:
            Generation.current(index)
        assert caught.value.file == folder / name
        (folder / name).write_bytes(whole)
    assert heard(open_toy(index))


@pytest.fixture
def index_in_blocks(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index as those of large corpora are: its files are checked by blocks, and its vectors lie in cells."""
    for name in ("retrieval.files.BLOCK", "retrieval.index.store.BLOCK"):
        monkeypatch.setattr(name, 64)
    monkeypatch.setattr("retrieval.index.store.WHOLE", 16)
    build(corpus, tmp_path / "blocks", lambda before: toy_chosen(), PASSAGES, exact_up_to=5)
    return tmp_path / "blocks"


def test_an_index_in_blocks_answers_as_one_that_is_checked_whole(
    toy_index: Path, request: pytest.FixtureRequest
) -> None:
    expected, expected_matches = heard(open_toy(toy_index))
    engine = open_toy(request.getfixturevalue("index_in_blocks"))
    assert engine.generation.manifest.vectors == "IVF1,SQ8"
    answers, matches = heard(engine)
    assert [replace(answer, fingerprint="") for answer in answers] == [
        replace(answer, fingerprint="") for answer in expected
    ]
    assert matches == expected_matches
    assert set(engine.generation.manifest.files) <= REMOVED, "what is left of it goes with it"
    assert (engine.generation.folder / BLOCKS).stat().st_size > 4 * 30


@pytest.mark.parametrize("checked", ["index", "index_in_blocks"])
def test_a_flipped_bit_is_found_or_changes_nothing(checked: str, request: pytest.FixtureRequest) -> None:
    index: Path = request.getfixturevalue(checked)
    folder = Generation.current(index).folder
    replies = heard(open_toy(index))
    assert [match.verdict for match in replies[1]] == ["verbatim", "verbatim", "near"]
    drawn = random.Random(20)
    faults = dict.fromkeys(files(index), 0)
    for name in faults:
        whole = (folder / name).read_bytes()
        for _ in range(FLIPS):
            raw = bytearray(whole)
            raw[drawn.randrange(len(raw))] ^= 1 << drawn.randrange(8)
            (folder / name).write_bytes(raw)
            fault = fault_of(lambda: heard(open_toy(index)))
            faults[name] += fault is not None
            assert fault in (None, folder / name)
            assert fault or heard(open_toy(index)) == replies
            assert fault_of(lambda: list(Generation.current(index).verify())) == folder / name
        (folder / name).write_bytes(whole)
    if checked == "index":
        assert {name for name, count in faults.items() if count == FLIPS} >= faults.keys() - {
            "sources.json",
            "articles.bin",
            "left-out.bin",
            "terms.bin",
        }
    assert {"bits.bin", "passage-terms/scores.array", "vectors.array", "words.bin"} <= {
        name for name, count in faults.items() if count
    }
    assert heard(open_toy(index)) == replies


def test_a_text_is_never_called_absent_because_a_byte_of_it_is_damaged(index: Path) -> None:
    text = "What the storm left behind"
    assert verify(open_toy(index), text).verdict == "verbatim"
    texts = Generation.current(index).folder / "texts.bin"
    texts.write_bytes(texts.read_bytes().replace(text.encode(), text.encode().swapcase()))
    with pytest.raises(IndexDamaged, match=r"texts\.bin is damaged \(the checksum of record 5 differs\)"):
        verify(open_toy(index), text)


def test_a_pointer_with_a_flipped_bit(index: Path) -> None:
    replies = heard(open_toy(index))
    raw = (index / "CURRENT").read_bytes()
    for place in range(len(raw)):
        for bit in range(8):
            (index / "CURRENT").write_bytes(raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :])
            try:
                Generation.current(index)
            except IndexDamaged:
                continue
            assert heard(open_toy(index)) == replies


@pytest.mark.parametrize("checked_last", ["articles.bin", "texts.bin", "words.bin"])
def test_a_generation_that_builds_prune_while_it_is_opened(
    checked_last: str, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening is slow and builds are fast: what was current is gone again, three times over."""
    index, overtaken, building = tmp_path / "index", list[Path](), list[bool]()
    build_toy(corpus, index)

    def overtake(file: Path, size: int, digest: str | None) -> None:
        check_file(file, size, digest)
        if file.name != checked_last or building or len(overtaken) == 3:
            return
        overtaken.append(file.parent)
        building.append(True)
        for half in "ab":
            (corpus / "bridge.md").write_text(f"The bridge was closed on day {len(overtaken)}{half}.\n", "utf-8")
            build_toy(corpus, index)
        building.clear()
        assert not file.parent.exists()

    monkeypatch.setattr("retrieval.index.generation.check_file", overtake)
    assert open_toy(index).ask("On which day was the bridge closed?").quotes[0].text.endswith("3b.")
    assert len(overtaken) == 3


def test_an_engine_answers_on_while_its_generation_is_replaced(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    build_toy(corpus, index)
    replies = heard(open_toy(index))
    engine, idle = open_toy(index), open_toy(index)
    assert heard(engine) == replies
    for number in range(3):
        (corpus / "bridge.md").write_text(f"The bridge was closed for {number + 1} days in spring.\n", "utf-8")
        build_toy(corpus, index)
    assert not engine.generation.folder.exists()
    assert heard(engine) == replies
    assert heard(idle) == replies, "asked for the first time when its files were gone"
    assert idle.ask("Who winnds the cloccks on Sunday?").quotes


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_no_regular_one_is_damage(kind: str, tmp_path: Path) -> None:
    build_toy(write_corpus(tmp_path / "corpus"), tmp_path / "index")
    generation = Generation.current(tmp_path / "index")
    for name in generation.manifest.files:
        file = generation.folder / name
        file.rename(tmp_path / "kept")
        put_odd_file(file, kind)
        with pytest.raises(IndexDamaged, match=rf"is damaged \(it is a {kind}\)"):
            Generation.current(tmp_path / "index")
        with pytest.raises(IndexDamaged, match=rf"is damaged \(it is a {kind}\)"):
            list(generation.verify())
        file.unlink()
        (tmp_path / "kept").rename(file)
