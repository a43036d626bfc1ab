"""Fit how the reader's log-odds join the first stage's belief, and the confidence with a reader.

    python -m tests.benchmarks.fit_reading PREPARED [--reader FOLDER]

PREPARED is a training set as `python -m retrieval.training prepare` and `mix` write it. Everything is fitted on
articles that were held out of the reader's training, on corpora of several kinds; each kind's figures are those of a
fit on the others.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval import Engine
from retrieval.answering import reading
from retrieval.answering.confidence import FEATURES, READING, ConfidenceModel, level
from retrieval.answering.confidence import fit as fit_logistic
from retrieval.answering.quoter import Quoter
from retrieval.answering.reader import PassageReader, ReadablePassage, Reading, with_history
from retrieval.evaluation.measures.reliability import calibration_error
from retrieval.settings import BUILT_IN_READER, AnswerSettings
from retrieval.training.groups import article, split
from retrieval.training.noise import typed
from retrieval.training.prepared import Prepared, read_prepared
from retrieval.training.questions import TrainingQuestion
from tests.benchmarks.common import auroc, index, table, temporary
from tests.benchmarks.reading import BenchQuestion, Places, is_right, overlaps, turns

Values = NDArray[np.float64]
KINDS: Mapping[str, tuple[str, ...]] = {
    "encyclopaedia": ("squad11", "squad2-unans", "squadshifts-newwiki", "tydiqa-en", "qed-nq", "nq-oracle", "tsqa"),
    "news and tales": ("qadiscourse", "qamr", "fairytaleqa", "tatqa-text"),
    "help": ("dstc9-faq", "dstc11-faq", "doc2dial"),
    "contracts": ("cuad",),
    "health": ("medquad",),
    "structured": ("structured",),
}
"""Kinds of corpora, and how the names of their sets begin."""
MOST = 240  # questions of a kind
OFF_TOPIC = 60  # questions of other kinds
WITHHELD = 0.2  # share of the articles that are left out of the corpus, so that nothing answers
BESIDE = 60  # articles of the training that stand beside the held-out ones
FEW = 0.5  # share of the questions that are typed as people type
USED = ("topic", "odds", "share")
"""Features that the confidence model weighs."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A question's sentences as both stages see them."""

    beliefs: Values
    odds: Values
    """Log-odds; -inf where a sentence was not read."""
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mix:
    """The constants of `answering.reading`."""

    first: float
    reader: float
    doubt: float
    unread: float

    @classmethod
    def of(cls, values: Values) -> Mix:
        """Return the mix of four free numbers."""
        first, reader, doubt = np.exp(values[:3]).tolist()
        return cls(first, reader, doubt, float(values[3]))

    def logits(self, ranked: Ranked) -> Values:
        """Return the logits of the joint belief."""
        floored: Values = np.maximum(ranked.odds, self.unread)
        logits: Values = self.first * np.log(ranked.beliefs + self.doubt) + self.reader * floored
        return logits


class RememberedReader:
    """A reader that reads each passage with a question once."""

    def __init__(self, reader: PassageReader) -> None:
        self._reader, self._readings = reader, dict[tuple[str, str, str], Reading]()
        self.digest, self.languages = reader.digest, reader.languages

    def read(self, question: str, history: Sequence[str], passages: Iterable[ReadablePassage]) -> list[Reading]:
        """Read each passage with the question; `history` are earlier questions, the latest first."""
        asked, chosen = with_history(question, history), list(passages)
        keys = [(asked, passage.title, passage.text) for passage in chosen]
        unread = [place for place, key in enumerate(keys) if key not in self._readings]
        for place, read in zip(
            unread, self._reader.read(question, history, [chosen[place] for place in unread]), strict=True
        ):
            self._readings[keys[place]] = read
        return [self._readings[key] for key in keys]


def main() -> None:
    """Print the constants to copy, with the figures of each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("--reader", default=BUILT_IN_READER)
    options = parser.parse_args()
    prepared = read_prepared(options.prepared)
    with temporary() as folder:
        kinds = {
            name: _engine(prepared, kind, folder / name, options.reader) for name, kind in questions(prepared).items()
        }
        ranked = {name: [_ranked(engine, asked) for asked in answered(own)] for name, (engine, own) in kinds.items()}
        in_use = {name: _judged(engine, own) for name, (engine, own) in kinds.items()}
        mix = _show_mix({name: [each for each in rows if each.right.any()] for name, rows in ranked.items()})
        reading.FIRST, reading.READER, reading.DOUBT, reading.UNREAD = mix.first, mix.reader, mix.doubt, mix.unread
        fitted = {name: _judged(engine, own) for name, (engine, own) in kinds.items()}
        _show_confidence("The confidence in use, with the constants in use", in_use, lambda _: READING)
        _show_confidence(
            "The confidence of a model fitted on the other kinds, with the constants above",
            fitted,
            lambda name: _fit_confidence(own for other, own in fitted.items() if other != name),
        )
        model = _fit_confidence(fitted.values())
        weights = ", ".join(f"{weight:.3f}" for weight in model.weights)
        print(f"READING = ConfidenceModel({model.intercept:.3f}, ({weights}))")


def questions(prepared: Prepared) -> dict[str, tuple[list[tuple[str, str, str]], list[BenchQuestion]]]:
    """Return each kind's articles (id, title, text) and questions."""
    held_out = [prepared.questions[row] for row in split(prepared).held_out]
    apart = {article(prepared, question) for question in held_out}
    return {name: _of_kind(prepared, sets, held_out, apart) for name, sets in KINDS.items()}


def _of_kind(
    prepared: Prepared, sets: tuple[str, ...], held_out: Sequence[TrainingQuestion], apart: set[str]
) -> tuple[list[tuple[str, str, str]], list[BenchQuestion]]:
    drawn = random.Random(5)
    own = [question for question in held_out if question.set.startswith(sets)]
    titles = sorted({article(prepared, question) for question in own})
    drawn.shuffle(titles)
    gone = set(titles[: int(WITHHELD * len(titles))])
    texts, places = _texts(prepared, [row for row in _rows(prepared, own) if _title(prepared, row) not in gone])
    asked = [
        BenchQuestion(
            typed(question.text, drawn) if drawn.random() < FEW else question.text,
            tuple(question.history),
            places(question) if article(prepared, question) not in gone else (),
        )
        for question in own
    ]
    drawn.shuffle(asked)
    asked = asked[:MOST]
    others = [question for question in held_out if not question.set.startswith((*sets, "squad-otherpara"))]
    asked += [
        BenchQuestion(question.text, (), None) for question in drawn.sample(others, OFF_TOPIC) if not question.history
    ]
    beside = [
        row
        for row, document in enumerate(prepared.documents)
        if document.set.startswith(sets) and _title(prepared, row) not in apart
    ]
    return texts + _texts(prepared, drawn.sample(beside, min(BESIDE, len(beside))))[0], asked


def _rows(prepared: Prepared, own: Sequence[TrainingQuestion]) -> list[int]:
    return sorted({question.document for question in own})


def _title(prepared: Prepared, row: int) -> str:
    document = prepared.documents[row]
    return document.article or document.title or f"{document.set} {row}"


def _texts(
    prepared: Prepared, rows: Sequence[int]
) -> tuple[list[tuple[str, str, str]], Callable[[TrainingQuestion], Places]]:
    """Return articles (id, title, text) of documents, and where a question about one of them is answered.

    Structured documents of one title are the sections of one article: a heading, and a list of what stands under it.
    """
    texts = list[tuple[str, str, str]]()
    spans: dict[int, tuple[str, list[tuple[int, int]]]] = {}
    pages: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        document = prepared.documents[row]
        if document.sentences:
            pages[document.title].append(row)
        else:
            texts.append((f"d{row}", document.title, document.text))
    for number, (title, sections) in enumerate(pages.items()):
        text, id_ = "", f"p{number}-{sections[0]}"
        for row in sections:
            document, own = prepared.documents[row], list[tuple[int, int]]()
            above = " › ".join(
                part for part in document.text[: document.sentences[0][0]].strip(" .").split(". ") if part
            )
            text += f"## {above}\n\n" if above else "## Notes\n\n"
            for start, end in document.sentences:
                own.append((len(text) + 2, len(text) + 2 + end - start))
                text += f"- {document.text[start:end]}\n"
            text += "\n"
            spans[row] = id_, own
        texts.append((id_, title, text))

    def places(question: TrainingQuestion) -> Places:
        sentences = prepared.documents[question.document].sentences
        if not sentences:
            return tuple((f"d{question.document}", start, end) for start, end in question.answers)
        id_, own = spans[question.document]
        return tuple(
            (id_, *own[place])
            for place, (first, last) in enumerate(sentences)
            if any(start < last and end > first for start, end in question.answers)
        )

    return texts, places


def answered(asked: Sequence[BenchQuestion]) -> list[BenchQuestion]:
    """Return the questions that the corpus answers."""
    return [question for question in asked if question.gold]


def _engine(
    prepared: Prepared, kind: tuple[list[tuple[str, str, str]], list[BenchQuestion]], folder: Path, reader: str
) -> tuple[Engine, list[BenchQuestion]]:
    texts, asked = kind
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    for id_, title, text in texts:
        if id_.startswith("p"):
            front = f"---\nid: {id_}\ntitle: {json.dumps(title)}\n---\n"
            (corpus / f"{id_}.md").write_text(front + text, "utf-8")
            asked = [_moved(question, id_, len(front)) for question in asked]
    flat = [{"_id": id_, "title": title, "text": text} for id_, title, text in texts if id_.startswith("d")]
    if flat:
        (corpus / "articles.jsonl").write_text("".join(json.dumps(line) + "\n" for line in flat), "utf-8")
    index(corpus, folder / "index")
    engine = Engine.open(folder / "index", AnswerSettings(reader=reader))
    if engine.reader is None:
        raise SystemExit(f"The reader {reader} cannot be used: {engine.reader_fault}")
    engine.reader = RememberedReader(engine.reader)
    return engine, asked


def _moved(question: BenchQuestion, id_: str, by: int) -> BenchQuestion:
    if not question.gold or question.gold[0][0] != id_:
        return question
    return BenchQuestion(
        question.text, question.history, tuple((own, start + by, end + by) for own, start, end in question.gold)
    )


def _ranked(engine: Engine, asked: BenchQuestion) -> Ranked:
    """Return the sentences that the first stage weighs and those of the passages that are read."""
    generation, history = engine.generation, turns(asked)
    first = engine.first_stage.search(asked.text, history, Quoter(generation, engine.settings, asked.text))
    ranked = first.ranked
    assert engine.reader is not None
    passages = reading.most_believed(ranked, reading.READ)
    odds = reading.read(generation, engine.reader, first.to_read, first.earlier, passages)
    right = []
    for sentence in ranked:
        span = generation.sentence(sentence.row)
        id_ = generation.article(span.article).id
        right.append(overlaps(id_, span.start, span.end, asked.gold or ()))
    return Ranked(
        np.array([sentence.belief for sentence in ranked]),
        np.array([odds.get(sentence.row, -np.inf) for sentence in ranked]),
        np.array(right, dtype=bool),
    )


def _loss(mix: Mix, ranked: Sequence[Ranked]) -> float:
    losses = []
    for each in ranked:
        logits = mix.logits(each)
        losses.append(np.logaddexp.reduce(logits) - np.logaddexp.reduce(logits[each.right]))
    return float(np.mean(losses))


def _fit_mix(kinds: Mapping[str, Sequence[Ranked]]) -> Mix:
    """Fit a conditional logit: kinds weigh as the square root of their questions."""
    from scipy.optimize import minimize

    weights = {name: np.sqrt(len(ranked)) for name, ranked in kinds.items() if ranked}

    def loss(values: Values) -> float:
        mix = Mix.of(values)
        return float(sum(weight * _loss(mix, kinds[name]) for name, weight in weights.items()) / sum(weights.values()))

    start = np.array([np.log(0.4), np.log(0.58), np.log(0.007), -10.0])
    best = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 160, "xatol": 0.02, "fatol": 1e-4})
    return Mix.of(best.x)


def _first_right(mix: Mix, ranked: Sequence[Ranked]) -> float:
    return float(np.mean([each.right[int(np.argmax(mix.logits(each)))] for each in ranked]))


def _show_mix(kinds: Mapping[str, Sequence[Ranked]]) -> Mix:
    first_stage = Mix(1.0, 0.0, 1e-9, reading.UNREAD)
    now = Mix(reading.FIRST, reading.READER, reading.DOUBT, reading.UNREAD)
    rows = []
    for name, ranked in kinds.items():
        others = _fit_mix({other: own for other, own in kinds.items() if other != name})
        rows.append(
            (name, str(len(ranked)), *(f"{_first_right(mix, ranked):.3f}" for mix in (first_stage, now, others)))
        )
    table(
        "First sentence right, of the questions whose sentence was found",
        ("", "questions", "first stage", "as it is", "fitted on the others"),
        rows,
    )
    mix = _fit_mix(kinds)
    print(f"FIRST, READER = {mix.first:.2f}, {mix.reader:.2f}\nDOUBT = {mix.doubt:.2g}\nUNREAD = {mix.unread:.1f}\n")
    return mix


@dataclass(frozen=True, slots=True)
class Judged:
    """The features of a kind's questions, [n, k], with what they were."""

    features: Values
    right: NDArray[np.bool_]
    kinds: NDArray[np.str_]


def _judged(engine: Engine, asked: Sequence[BenchQuestion]) -> Judged:
    features, right, kinds = list[tuple[float, ...]](), list[bool](), list[str]()
    for question in asked:
        trace = engine.trace(question.text, turns(question))
        if not trace.features:
            continue
        features.append(trace.features)
        right.append(is_right(trace.answer.quotes[0], question.gold or ()))
        kinds.append("off" if question.gold is None else "answerable" if question.gold else "on")
    return Judged(np.array(features), np.array(right, dtype=bool), np.array(kinds))


def _fit_confidence(kinds: Iterable[Judged]) -> ConfidenceModel:
    """Fit the probability that the first quote is right; kinds weigh as the square root of their questions."""
    columns = [place for place, name in enumerate(FEATURES) if name in USED]
    features, labels = list[Values](), list[Values]()
    for own in kinds:
        times = max(1, round(8 * np.sqrt(200 / len(own.right))))
        features.append(np.repeat(own.features[:, columns], times, axis=0))
        labels.append(np.repeat(own.right.astype(float), times))
    model = fit_logistic(np.concatenate(features), np.concatenate(labels))
    weights = np.zeros(len(FEATURES))
    weights[columns] = model.weights
    return ConfidenceModel(model.intercept, tuple(weights.tolist()))


def _show_confidence(title: str, kinds: Mapping[str, Judged], model_of: Callable[[str], ConfidenceModel]) -> None:
    rows, pooled = [], list[tuple[Judged, Values]]()
    for name, own in kinds.items():
        model = model_of(name)
        confidences = np.array([model.probability(row) for row in own.features.tolist()])
        pooled.append((own, confidences))
        rows.append((name, *_figures(own, confidences)))
    everything = Judged(
        np.concatenate([own.features for own, _ in pooled]),
        np.concatenate([own.right for own, _ in pooled]),
        np.concatenate([own.kinds for own, _ in pooled]),
    )
    rows.append(("all", *_figures(everything, np.concatenate([confidences for _, confidences in pooled]))))
    table(
        title,
        ("", "asked", "P@1", "on", "off", "right", "ECE", "high", "refused", "on", "off"),
        rows,
        "on, off, right: AUROC against unanswered on topic and off topic, and of right first quotes against wrong; "
        "high: share right of those called high; refused, on, off: wrongly, at .2",
    )


def _figures(own: Judged, confidences: Values) -> tuple[str, ...]:
    answerable, on, off = (own.kinds == kind for kind in ("answerable", "on", "off"))
    right, high = own.right[answerable], np.array([level(value) == "high" for value in confidences.tolist()])

    def separated(higher: Values, lower: Values) -> str:
        return f"{auroc(higher, lower):.3f}" if len(higher) and len(lower) else ""

    def share(values: NDArray[np.bool_]) -> str:
        return f"{values.mean():.2f}" if len(values) else ""

    return (
        f"{answerable.sum()}, {on.sum()}, {off.sum()}",
        share(right),
        separated(confidences[answerable], confidences[on]),
        separated(confidences[answerable], confidences[off]),
        separated(confidences[answerable][right], confidences[answerable][~right]),
        f"{calibration_error(own.right, confidences):.3f}",
        share(own.right[high]),
        share(confidences[answerable] < 0.2),
        share(confidences[on] >= 0.2),
        share(confidences[off] >= 0.2),
    )


if __name__ == "__main__":
    main()
