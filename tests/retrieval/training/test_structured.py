"""Structured questions: exact slices, the same for the same seed, in the form in which an index's passages are read."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from retrieval.answering.reader import ReadablePassage
from retrieval.answering.reading import readable
from retrieval.index.generation import Generation
from retrieval.training.__main__ import main
from retrieval.training.batches import OUTSIDE, Batches
from retrieval.training.groups import Groups, split
from retrieval.training.mixture import SHARES, mix, restructure
from retrieval.training.prepared import Prepared, piece_counter, read_prepared
from retrieval.training.structured import Example, Item, Page, items, part, record, whole
from retrieval.training.tables import tables
from retrieval.training.vocabulary import Vocabulary
from tests.toy import PASSAGES, build_toy

SUBJECTS = ["Arden", "Bexley", "Corby", "Dunmore", "Epsom", "Fairlie", "Galway", "Harlow"]
WORDS = ["copper", "barley", "silver", "timber", "wool", "pepper", "marble", "amber", "linen", "sugar", "basalt"]
VOCABULARY = Vocabulary(["Ada Brook", "Silas Reed", "Flora Penn"], SUBJECTS, WORDS, ["May 1903", "June 1911"], SUBJECTS)

MARKDOWN = """# The almanac

## Corby

### How to reach it

Take the ferry. It leaves at nine.

## Codes

- 11: Chalk
- 14: Butter

## Ferries

| Ferry | Captain |
|---|---|
| Arden | Ada Brook |
| Epsom | Silas Reed |

## How to start the pump

1. Open the valve.
2. Press the button.

## Copying

To copy the archive, run:

```sh
tarow copy --all
```

It takes an hour.
"""
PAGES = (
    Page("The almanac", ("Corby", "How to reach it"), items(["Take the ferry.", "It leaves at nine."])),
    Page("The almanac", ("Codes",), items(["11: Chalk", "14: Butter"])),
    Page("The almanac", ("Ferries", "Ferry ; Captain"), items(["Arden ; Ada Brook", "Epsom ; Silas Reed"])),
    Page("The almanac", ("How to start the pump",), items(["Open the valve.", "Press the button."], numbered=True)),
    Page("The almanac", ("Copying",), items(["To copy the archive, run: tarow copy --all", "It takes an hour."])),
)


def lines() -> list[str]:
    """Questions on eight towns, each with five facts."""
    facts = {
        "When was {0} founded?": "19{1}",
        "Which river flows through {0}?": "the Tarn{1}",
        "What is {0} known for?": "its bells{1}",
        "How many bridges does {0} have?": "{1}",
        "Who led {0}?": "Ada Brook{1}",
    }
    rows = []
    for place, subject in enumerate(SUBJECTS):
        sentences = [f"The answer about {subject} is {fact.format(subject, place + 20)}." for fact in facts.values()]
        context = f"{WORDS[place]} is mined at night. " + " ".join(sentences) + f" Then comes {WORDS[place]}."
        for question, fact in facts.items():
            answer = f"{fact.format(subject, place + 20)}"
            fields = {"question": question.format(subject), "title": subject, "context": context, "set": "towns"}
            answers = [{"start": context.index(f"is {answer}.") + 3, "text": answer}]
            rows.append(json.dumps({**fields, "answers": answers, "answerable": True}))
    for word in WORDS:
        fields = {"question": f"What is {word}?", "title": "Goods", "context": f"The goods are {word}.", "set": "goods"}
        rows.append(json.dumps({**fields, "answers": [{"start": 14, "text": word}], "answerable": True}))
    for name in ("Ada Brook", "Silas Reed", "May 1903", "June 1911", "Corby", "Arden"):
        fields = {"question": f"Who or when is {name}?", "title": name, "context": f"It is {name}.", "set": "names"}
        rows.append(json.dumps({**fields, "answers": [{"start": 6, "text": name}], "answerable": True}))
    return rows


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The questions from which structured ones are derived."""
    file = tmp_path_factory.mktemp("structured") / "source.jsonl"
    file.write_text("\n".join(lines()) + "\n", "utf-8")
    return file


@pytest.fixture(scope="module")
def derived(source: Path) -> Path:
    """A file of derived questions."""
    out = source.with_name("derived.jsonl")
    restructure([source], out, 200, seed=1)
    return out


def records(file: Path) -> list[dict[str, Any]]:
    """The lines of a question file."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_pages_have_the_form_of_an_index_passages(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "almanac.md").write_text(MARKDOWN, "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index", passages=PASSAGES)
    with_index = Generation.current(tmp_path / "index")
    for number, page in enumerate(PAGES):
        text, spans = page.readable()
        assert readable(with_index, number) == ReadablePassage(page.title, text, spans)


def test_every_kind_is_derived_with_and_without_an_answer(derived: Path) -> None:
    kinds = {(line["set"], line["answerable"]) for line in records(derived)}
    names = {name for name, _ in kinds}
    assert len(names) == len(SHARES)
    synthetic = {"entries", "lists", "settings", "tables", "steps", "faults", "commands"}
    assert {(f"structured-{name}", False) for name in synthetic} <= kinds
    assert {(name, True) for name in names} <= kinds


def test_answers_and_sentences_are_slices(derived: Path) -> None:
    for line in records(derived):
        spans = [tuple(span) for span in line["sentences"]]
        for answer in line["answers"]:
            start, end = answer["start"], answer["start"] + len(answer["text"])
            assert line["context"][start:end] == answer["text"]
            assert any(first <= start and end <= last for first, last in spans)
        assert line["answerable"] == bool(line["answers"])
        assert (line["title"], line["context"]) not in {(text["title"], text["context"]) for text in line["beside"]}


def test_the_same_seed_gives_the_same_questions(source: Path, derived: Path) -> None:
    again, other = source.with_name("again.jsonl"), source.with_name("other.jsonl")
    restructure([source], again, 200, seed=1)
    restructure([source], other, 200, seed=2)
    assert again.read_bytes() == derived.read_bytes() != other.read_bytes()


def test_a_cell_is_the_answer_even_where_its_text_stands_twice() -> None:
    for example in islice(tables(VOCABULARY, Random(2)), 200):
        for answer in example.answers:
            row = example.page.items[answer.item].text
            assert row[answer.start : answer.end] in row.split(" ; ")
            assert row[: answer.start].endswith(" ; ") or answer.start == 0


def test_steps_are_answers_without_their_numbers() -> None:
    page = PAGES[3]
    line = record(Example("own", "", "How do I start the pump?", page, whole(page), ()), 0)
    assert line["context"] == "How to start the pump. 1. Open the valve. 2. Press the button. "
    assert [answer["text"] for answer in line["answers"]] == ["Open the valve.", "Press the button."]


def test_a_part_is_the_last_of_its_text() -> None:
    (answer,) = part(Page("", (), (Item("4: Room 4"),)), 0, "4")
    assert answer.start == 8


@pytest.fixture(scope="module")
def mixture(prepared: Prepared, derived: Path, tokenizer_file: Path) -> Prepared:
    """The derived questions with those of the prepared set."""
    return mix(prepared, derived, 100, 1, piece_counter(tokenizer_file))


def test_a_mixture_keeps_what_was_held_out(mixture: Prepared, prepared: Prepared, tmp_path: Path) -> None:
    mixture.write(tmp_path)
    read = read_prepared(tmp_path)
    assert (read.documents, read.passages, read.questions) == (
        mixture.documents,
        mixture.passages,
        mixture.questions,
    )
    apart = [prepared.questions[row] for row in split(prepared).held_out]
    assert {question.text for question in apart} <= {read.questions[row].text for row in split(read).held_out}


def test_what_a_passage_stands_under_is_read_and_never_answers(mixture: Prepared, tokenizer_file: Path) -> None:
    batches, groups = Batches(mixture, tokenizer_file, tokens=2048), Groups(mixture, 1)
    rows = [row for row, question in enumerate(mixture.questions) if question.set.startswith("structured")]
    drawn = [group for row in rows if (group := groups.draw(row, Random(1), noisy=False))]
    assert drawn
    for chunk, batch in batches.with_groups(drawn):
        outside = (batch.types == 1) & (batch.sentences == OUTSIDE)
        assert not (batch.starts & outside).any()
        for number, group in enumerate(chunk):
            first = int(np.flatnonzero(batch.groups == number)[0])
            assert batch.answering[first].any() == bool(group.answers)
            above = mixture.passages[group.passages[0]].sentences[0][0]
            assert outside[first].sum() > bool(above)


def test_the_stages_write_a_file_and_a_set(
    source: Path, prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.write(tmp_path / "prepared")
    file, out = tmp_path / "structured.jsonl.gz", tmp_path / "mixed"
    assert main(["restructure", str(source), "--out", str(file), "--count", "60"]) == 0
    assert main(["--folder", str(tmp_path), "mix", str(file), "--out", str(out), "--count", "3"]) == 0
    assert {question.set[:10] for question in read_prepared(out).questions} >= {"structured"}
    assert "questions written to" in capsys.readouterr().err
