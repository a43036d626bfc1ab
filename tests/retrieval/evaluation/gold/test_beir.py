"""BEIR folders: queries, gold, choice of files, and every fault by file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import GoldInvalid, InputInvalid
from retrieval.evaluation.gold import beir, sets
from retrieval.evaluation.gold.targets import pose
from retrieval.evaluation.records import GoldQuestion, GoldSpan
from retrieval.index.generation import Generation
from tests.toy import build_toy

CORPUS = (
    '{"_id": "b1", "title": "Bridge", "text": "Brandt closed the bridge in 2016.", "metadata": {}}\n'
    '{"_id": "t1", "title": "Toll", "text": "A toll of two crowns is charged."}\n'
)
QUERIES = (
    '{"_id": "q1", "text": "Who closed the bridge?", "metadata": {}}\n'
    '{"_id": "q2", "text": "Never judged"}\r\n'
    '{"_id": 3, "text": "What is charged?"}\n'
    '{"_id": "q4", "text": "Judged, and nothing is relevant"}\n'
)
HEADER = "query-id\tcorpus-id\tscore\n"
QRELS = HEADER + "3\tt1\t2\n3\tb1\t1\nq1\tb1\t1\r\nq1\tt1\t0\nq4\tt1\t0\nq4\tb1\t-1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a BEIR folder of three judged queries, two of which have an answer."""
    tiny = tmp_path / "tiny"
    (tiny / "qrels").mkdir(parents=True)
    (tiny / "corpus.jsonl").write_text(CORPUS, newline="")
    (tiny / "queries.jsonl").write_text(QUERIES, newline="")
    (tiny / "qrels" / "test.tsv").write_text(QRELS, newline="")
    return tiny


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(GoldInvalid) as caught:
        sets.read(folder, 60)
    return [f"{where}: {fault}" for where, fault in caught.value.faults]


def test_judged_queries_are_asked_and_whole_articles_are_gold(folder: Path) -> None:
    read = sets.read(folder, 60)
    assert (read.name, read.skipped) == ("tiny", ())
    assert read.questions == (
        GoldQuestion(
            "q1",
            "Who closed the bridge?",
            gold=(GoldSpan("b1", 0, 0, whole=True, grade=1),),
            where="queries.jsonl line 1",
        ),
        GoldQuestion(
            "3",
            "What is charged?",
            gold=(GoldSpan("t1", 0, 0, whole=True, grade=2), GoldSpan("b1", 0, 0, whole=True, grade=1)),
            where="queries.jsonl line 3",
        ),
    )


def test_its_corpus_is_one_as_it_is(folder: Path, tmp_path: Path) -> None:
    read = sets.read(folder, 60)
    assert read.corpus is not None
    (tmp_path / "corpus").mkdir()
    read.corpus(tmp_path / "corpus")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    posed, faults = pose(read, Generation.current(tmp_path / "index"))
    assert faults == ()
    assert [question.gold for question in posed] == list(read.questions)
    assert [[(target.article, target.whole, target.answer) for target in question.targets] for question in posed] == [
        [("b1", True, "")],
        [("t1", True, ""), ("b1", True, "")],
    ]
    (folder / "corpus.jsonl").write_text("")
    assert (tmp_path / "corpus" / "corpus.jsonl").read_text() == CORPUS, "a copy"


def test_test_is_preferred_to_other_qrels(folder: Path) -> None:
    for name in ("train.tsv", "dev.tsv", "another.tsv"):
        (folder / "qrels" / name).write_text(HEADER + "q2\tb1\t1\n")
    assert [question.id for question in sets.read(folder, 60).questions] == ["q1", "3"]
    named = sets.read(folder / "qrels" / "train.tsv", 60)
    assert (named.name, [question.id for question in named.questions]) == ("tiny/qrels/train.tsv", ["q2"])
    (folder / "qrels" / "test.tsv").unlink()
    assert beir.files(folder).qrels.name == "dev.tsv"
    (folder / "qrels" / "dev.tsv").unlink()
    with pytest.raises(InputInvalid, match=r"has several qrels \(another\.tsv and train\.tsv\): name the one to use"):
        sets.read(folder, 60)
    (folder / "qrels" / "train.tsv").unlink()
    assert beir.files(folder).qrels.name == "another.tsv"


def test_the_digest_is_of_all_three_files(folder: Path) -> None:
    digests = {sets.read(folder, 60).sha256}
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        with (folder / name).open("a") as opened:
            opened.write("\n")
        digests.add(sets.read(folder, 60).sha256)
    (folder / "README.md").write_text("not read")
    digests.add(sets.read(folder, 60).sha256)
    assert len(digests) == 4
    (folder / "qrels" / "dev.tsv").write_bytes((folder / "qrels" / "test.tsv").read_bytes())
    assert sets.read(folder / "qrels" / "dev.tsv", 60).sha256 not in digests


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        (["corpus.jsonl"], "corpus.jsonl"),
        (["queries.jsonl", "qrels/test.tsv"], "queries.jsonl and qrels/*.tsv"),
        (["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"], "corpus.jsonl, queries.jsonl and qrels/*.tsv"),
    ],
)
def test_a_folder_without_the_files_is_told(folder: Path, gone: list[str], named: str) -> None:
    for name in gone:
        (folder / name).unlink()
    with pytest.raises(InputInvalid) as caught:
        sets.read(folder, 60)
    assert str(caught.value) == (
        f"The gold set {folder} is a folder without {named}: a BEIR folder holds corpus.jsonl, queries.jsonl and "
        "qrels/test.tsv; else name a gold .jsonl or a SQuAD .json."
    )


def test_nothing_judged_relevant_is_no_gold_set(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text(HEADER + "q1\tb1\t0\n")
    with pytest.raises(InputInvalid, match=r"tiny has no questions: judge an article relevant .* in test\.tsv"):
        sets.read(folder, 60)


def test_qrels_may_lack_the_line_of_names(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_bytes(b"\xef\xbb\xbfq1\tb1\t1\n\n")
    assert [question.id for question in sets.read(folder, 60).questions] == ["q1"]


def test_faults_of_queries_are_told_by_line(folder: Path) -> None:
    lines = [
        {"_id": "q1", "text": "Who closed the bridge?"},
        {"_id": "3"},
        {"_id": "q1", "text": "Who else?"},
        {"text": "Who?"},
        {"_id": ["q9"], "text": "Who?"},
        {"_id": "q2"},  # nobody asks it
        ["q4"],
    ]
    (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"_id": "q4"')
    example = '{"_id": "1", "text": "Who signed the letter?"}'
    assert faults_of(folder) == [
        'queries.jsonl line 2: "text" is missing; add it, as a string',
        'queries.jsonl line 3: "_id" is “q1”, as in line 1; give each query its own',
        'queries.jsonl line 4: "_id" is missing; add it, as a string',
        'queries.jsonl line 5: "_id" is a list; make it a string or a whole number',
        f"queries.jsonl line 7: it is a list; write an object, such as {example}",
        "queries.jsonl line 8: it is not JSON (Expecting ',' delimiter, column 13); "
        f"write one object per line, such as {example}",
        "qrels/test.tsv line 6: it judges the query “q4”, which queries.jsonl lacks; "
        "add the query, or remove the judgment",
    ]
    assert [question.id for question in sets.read(folder, 60, skip_bad=True).questions] == ["q1"]


def test_faults_of_qrels_are_told_by_line(folder: Path) -> None:
    rows = [
        b"q1\tb1\t1.0\n",
        b"q1\tb1\t1\n",
        b"q1 b1 1\n",
        b"q1\t0\tb1\t1\n",
        b"q1\t\t1\n",
        b"q1\tt1\thigh\n",
        b"q1\tb1\t1\n",  # said twice, and the same
        b"q1\tb1\t2\n",
        b"q1\tb\xe9\t1\n",
        b"gone\tb1\t0\ngone\tt1\t1\n",
    ]
    (folder / "qrels" / "test.tsv").write_bytes(b"".join(rows))
    three = "it does not have the three columns query-id, corpus-id and score"
    assert faults_of(folder) == [
        "qrels/test.tsv line 1: its score is “1.0”; make it a whole number",
        f"qrels/test.tsv line 3: {three}; write a tab between them",
        f"qrels/test.tsv line 4: {three}; write three, with a tab between them",
        f"qrels/test.tsv line 5: {three}; write three, with a tab between them",
        "qrels/test.tsv line 6: its score is “high”; make it a whole number",
        "qrels/test.tsv line 8: the score of the article “b1” is 2, and 1 further up; keep one of them",
        "qrels/test.tsv line 9: it is not UTF-8 (byte 5); save the file as UTF-8",
        "qrels/test.tsv line 10: it judges the query “gone”, which queries.jsonl lacks; "
        "add the query, or remove the judgment",
    ]


NAME = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=6).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(judged=st.dictionaries(NAME, st.dictionaries(NAME, st.integers(-1, 3), min_size=1, max_size=4), max_size=4))
def test_any_judgments_above_0_become_gold(
    judged: dict[str, dict[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("beir")
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text("")
    queries = [json.dumps({"_id": id_, "text": "Who?"}) for id_ in (*judged, "?never judged?")]
    (folder / "queries.jsonl").write_bytes("\n".join(queries).encode())
    rows = [f"{id_}\t{article}\t{score}\n" for id_, scores in judged.items() for article, score in scores.items()]
    (folder / "qrels" / "test.tsv").write_bytes((HEADER + "".join(rows)).encode())
    relevant = {
        id_: {article: score for article, score in scores.items() if score > 0} for id_, scores in judged.items()
    }
    loaded = beir.read(beir.files(folder), 60)
    assert loaded.faults == ()
    assert {question.id: {span.article: span.grade for span in question.gold} for question in loaded.questions} == {
        id_: scores for id_, scores in relevant.items() if scores
    }


@settings(max_examples=100, deadline=None)
@given(queries=st.binary(max_size=40), qrels=st.binary(max_size=40) | st.text("q1\t\r\n ", max_size=20).map(str.encode))
def test_whatever_bytes_the_files_hold_are_taken_or_told(
    queries: bytes, qrels: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("beir")
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text("")
    (folder / "queries.jsonl").write_bytes(b"\n" + queries)
    (folder / "qrels" / "test.tsv").write_bytes(b"\n" + qrels)
    loaded = beir.read(beir.files(folder), 60)
    assert loaded.questions == ()
    for where, fault in loaded.faults:
        assert (where + fault).isprintable()
        assert "; " in fault


def test_judgments_of_ids_that_no_permalink_can_hold_are_of_the_articles_that_have_them(
    folder: Path, tmp_path: Path
) -> None:
    given = ["m#1", "m-1", "m@1", "t"]
    texts = [f"Keeper number {row} closed gate {row}." for row in range(4)]
    lines = [json.dumps({"_id": id_, "text": text}) for id_, text in zip(given, texts, strict=True)]
    (folder / "corpus.jsonl").write_text("\n".join([lines[3], *lines, json.dumps({"_id": "t", "text": "Other."})]))
    (folder / "qrels" / "test.tsv").write_text(HEADER + "".join(f"q{n}\t{id_}\t1\n" for n, id_ in enumerate(given)))
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": f"q{n}", "text": "Who came?"}) + "\n" for n in range(4))
    )
    read = sets.read(folder, 60)
    assert read.corpus is not None
    (tmp_path / "corpus").mkdir()
    read.corpus(tmp_path / "corpus")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    generation = Generation.current(tmp_path / "index")
    posed, faults = pose(read, generation)
    assert faults == ()
    rows = [generation.row_of(question.gold.gold[0].article) for question in posed]
    assert [generation.article(row).text for row in rows if row is not None] == texts


@pytest.mark.parametrize("line", ['{"_id": "b1", "title": "The bridge is closed", "text": " "}', '{"_id": "b1"}'])
def test_a_judged_article_without_a_text_is_named(folder: Path, line: str) -> None:
    (folder / "corpus.jsonl").write_text(f"{CORPUS.splitlines()[1]}\n{line}\n")
    fault = (
        "the qrels judge the article “b1”, whose text is empty (corpus.jsonl line 2); give it a text, or remove the "
        "judgment"
    )
    assert faults_of(folder) == [f"queries.jsonl line 1: {fault}", f"queries.jsonl line 3: {fault}"]
    read = sets.read(folder, 60, skip_bad=True)
    assert [[span.article for span in question.gold] for question in read.questions] == [["t1"]]
    assert len(read.skipped) == 2
