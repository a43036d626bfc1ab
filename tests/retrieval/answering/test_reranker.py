"""The second stage: the order of any CrossEncoder, here of a tiny one with random weights that the test makes."""

from __future__ import annotations

import json
import os
import shutil
import string
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.answering.ranking_models import Linear, RankingModels
from retrieval.answering.reranker import Reranker, load_reranker, rerank
from retrieval.answering.scoring import RankedSentence, ScoredSentence
from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.engine import Engine
from retrieval.errors import ModelNotFound, ModelUnfit
from retrieval.explain import explain
from retrieval.records import Turn
from tests.toy import ANSWERS, ToyEncoder, open_toy

ROOT = Path(__file__).resolve().parents[3]
QUESTION = "Who winds the clocks?"
TEXTS = ("Curator Osric Pell winds them every Sunday.", "It loses four minutes a day.", "Wells ran dry twice.")
MODULE = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"}


class ByLength:
    """Finds the longest text best; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        self.asked.append((question, tuple(texts)))
        return [float(len(text)) for text in texts]


def sentences(*beliefs: float, rows: Sequence[int] | None = None) -> list[RankedSentence]:
    """Sentences that are believed so, best first."""
    numbers = rows or range(len(beliefs))
    none = np.zeros(1, np.float32)
    return [
        RankedSentence(ScoredSentence(row, 0, 0.0, none, none[None], none, 0.0, 0.0, is_first=False), belief)
        for row, belief in zip(numbers, beliefs, strict=True)
    ]


def scores_of(ranked: Sequence[RankedSentence]) -> list[tuple[int, float, float | None]]:
    return [(sentence.row, sentence.belief, sentence.reranked) for sentence in ranked]


def test_the_first_sentences_change_places_and_the_scores_stay() -> None:
    reranker, texts = ByLength(), {0: "a", 1: "bbb", 2: "cc", 3: "dddd"}
    reranked = rerank(QUESTION, sentences(0.9, 0.8, 0.5, 0.4), lambda sentence: texts[sentence.row], reranker, 3)
    assert scores_of(reranked) == [(1, 0.9, 3.0), (2, 0.8, 2.0), (0, 0.5, 1.0), (3, 0.4, None)]
    assert reranker.asked == [(QUESTION, ("a", "bbb", "cc"))]


def test_equal_scores_stand_in_order_of_row() -> None:
    texts = {7: "bb", 3: "bb", 5: "a", 1: "ccc"}
    reranked = rerank(
        QUESTION, sentences(0.9, 0.8, 0.5, 0.4, rows=[7, 3, 5, 1]), lambda sentence: texts[sentence.row], ByLength(), 9
    )
    assert scores_of(reranked) == [(1, 0.9, 3.0), (3, 0.8, 2.0), (7, 0.5, 2.0), (5, 0.4, 1.0)]


def test_no_sentences_stay_none() -> None:
    assert rerank(QUESTION, [], lambda sentence: "", ByLength(), 20) == []


def reranking(index: Path, reranker: Reranker, **changes: Any) -> Engine:
    """A toy engine with this reranker."""
    engine = open_toy(index, replace(ANSWERS, least=0.0, word_cost=1.0, **changes))
    engine.reranker = reranker
    return engine


def test_an_engine_quotes_in_the_rerankers_order(toy_index: Path) -> None:
    reranker = ByLength()
    engine = reranking(toy_index, reranker, top=5)
    before = reranking(toy_index, ByLength(), top=5)
    before.reranker = None
    answer, usual = engine.ask(QUESTION), before.ask(QUESTION)
    (question, texts), *more = reranker.asked
    assert (question, more) == (QUESTION, [])
    assert len(texts) == ANSWERS.rerank
    assert answer.quotes[0].text == max(texts, key=len) != usual.quotes[0].text
    assert [len(quote.text) for quote in answer.quotes] == sorted(
        (len(quote.text) for quote in answer.quotes), reverse=True
    )
    assert answer.quotes[0].score == usual.quotes[0].score
    assert replace(engine.ask(QUESTION), elapsed_ms=answer.elapsed_ms) == answer


def test_a_reranker_reads_what_was_searched_for_and_no_more_than_it_may(toy_index: Path) -> None:
    reranker = ByLength()
    engine = reranking(toy_index, reranker, rerank=2)
    answer = engine.ask("and who winds them?", (Turn("Who keeps 312 clocks?"),))
    assert [(question, len(texts)) for question, texts in reranker.asked] == [(answer.searched, 2)]
    assert answer.searched == "Who keeps 312 clocks? and who winds them?"


def test_the_scores_behind_a_reranked_quote(toy_index: Path) -> None:
    engine = reranking(toy_index, ByLength(), rerank=3, top=20)
    quotes = engine.ask(QUESTION).quotes
    whys = [explain(engine, QUESTION, (), quote, 20) for quote in quotes]
    assert [why.reranked for why in whys[:3]] == [float(len(quote.text)) for quote in quotes[:3]]
    assert {why.reranked for why in whys[3:]} == {None}
    assert [why.belief for why in whys] == [quote.score for quote in quotes]
    assert {why.weighed for why in whys} == {ANSWERS.weighed}
    for why in whys:
        bm25 = why.sentence_bm25 + why.passage_bm25
        assert why.first_score == pytest.approx(why.maxsim + ANSWERS.sentence_terms * bm25, abs=1e-6)


def test_a_sentence_that_was_not_weighed_may_come_first(toy_index: Path) -> None:
    """It gets the belief of its place, and the confidence is told by its own evidence."""
    engine = reranking(toy_index, ByLength(), weighed=1, rerank=20, top=2)
    engine.ranking_models = RankingModels(Linear(0.0, {"maxsim": 9.0}), Linear(0.0, {"share": 2.0}), Linear(-1.0, {}))
    trace = engine.trace(QUESTION)
    first, second = trace.answer.quotes
    assert (first.score, second.score) == (1.0, 0.0)
    assert trace.features[2:6] == pytest.approx((-np.logaddexp(0, -2), -np.logaddexp(0, 1), 0.0, 0.0))
    why = explain(engine, QUESTION, (), first)
    assert (why.belief, why.weighed, why.evidence, why.reranked) == (1.0, 1, (), float(len(first.text)))
    engine.reranker = None
    assert engine.ask(QUESTION).quotes[0].text != first.text


def test_an_engine_loads_the_reranker_that_is_set(toy_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.engine.question_encoder", lambda spec, cache, exporting: ToyEncoder())
    named: list[str] = []

    def load(name: str) -> Reranker:
        named.append(name)
        return ByLength()

    monkeypatch.setattr("retrieval.engine.load_reranker", load)
    assert Engine.open(toy_index, ANSWERS).reranker is None
    assert isinstance(Engine.open(toy_index, replace(ANSWERS, reranker="some/model")).reranker, ByLength)
    assert named == ["some/model"]


def cross_encoder(folder: Path, labels: int = 1) -> Path:
    """Save a BERT of one layer and 32 dimensions that scores pairs of texts."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    letters = [*string.ascii_lowercase, *string.digits, *string.punctuation]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(pieces), "utf-8")
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        num_labels=labels,
        initializer_range=0.5,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast.from_pretrained(folder, model_max_length=128).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CrossEncoder's folder, as transformers saves one."""
    return cross_encoder(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def loaded(tiny: Path) -> Reranker:
    """The same, ready to score."""
    return load_reranker(str(tiny), "cpu")


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """A CrossEncoder's folder, to be changed."""
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


def write(folder: Path, **files: Any) -> None:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")


def test_scores_are_the_models_logits(loaded: Reranker, tiny: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    model = AutoModelForSequenceClassification.from_pretrained(tiny).eval()
    with torch.inference_mode():
        logits = [model(**tokenizer(QUESTION, text, return_tensors="pt")).logits.item() for text in TEXTS]
    assert loaded.scores(QUESTION, TEXTS) == pytest.approx(logits, abs=1e-5)
    assert len(set(logits)) == len(TEXTS)


def test_scores_are_the_same_each_time(loaded: Reranker, tiny: Path) -> None:
    assert load_reranker(str(tiny), "cpu").scores(QUESTION, TEXTS) == loaded.scores(QUESTION, TEXTS)


def test_equal_texts_are_read_once_and_have_equal_scores(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    read: list[Any] = []
    threads = torch.get_num_threads()
    predict = loaded._model.predict

    def spy(pairs: list[tuple[str, str]], **options: Any) -> Any:
        read.extend(pairs)
        assert torch.get_num_threads() == 1
        return predict(pairs, **options)

    monkeypatch.setattr(loaded._model, "predict", spy)
    longer = "storm " * 400
    scores = loaded.scores(QUESTION, [*TEXTS, longer, *TEXTS])
    assert scores[:3] == scores[4:]
    assert read == [(QUESTION, text) for text in (*TEXTS, longer)]
    assert loaded.scores(QUESTION, []) == []
    assert torch.get_num_threads() == threads


def test_the_order_follows_the_scores(loaded: Reranker) -> None:
    scores = loaded.scores(QUESTION, TEXTS)
    reranked = rerank(QUESTION, sentences(0.9, 0.8, 0.7), lambda sentence: TEXTS[sentence.row], loaded, 20)
    assert [sentence.reranked for sentence in reranked] == sorted(scores, reverse=True)
    assert [sentence.row for sentence in reranked] == sorted(range(3), key=lambda row: -scores[row])


def test_a_model_that_sentence_transformers_saved(loaded: Reranker, tiny: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    CrossEncoder(str(tiny), device="cpu", local_files_only=True).save_pretrained(str(tmp_path / "saved"))
    assert load_reranker(str(tmp_path / "saved"), "cpu").scores(QUESTION, TEXTS) == loaded.scores(QUESTION, TEXTS)


def test_loading_says_nothing_and_leaves_the_logs_as_they_were(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import logging

    from transformers.utils import logging as transformers_logging

    write(copy, modules=[MODULE], sentence_bert_config={"transformer_task": "sequence-classification"})
    later = {"sentence_transformers": "99.0.0"}
    write(copy, config_sentence_transformers={"model_type": "CrossEncoder", "__version__": later})
    libraries = [logging.getLogger(name) for name in ("transformers", "sentence_transformers")]
    transformers_logging.enable_progress_bar()
    before = [(list(library.handlers), library.propagate) for library in libraries]
    load_reranker(str(copy), "cpu").scores(QUESTION, TEXTS)
    assert capfd.readouterr() == ("", "")
    assert [(library.handlers, library.propagate) for library in libraries] == before
    assert transformers_logging.is_progress_bar_enabled()


@pytest.mark.parametrize("name", ["/no/such/folder", "./no", "~/no", "~nobody-of-this-name/no", "a/b/c"])
def test_a_folder_that_is_not_there(name: str) -> None:
    with pytest.raises(ModelNotFound, match=r" is not available \(there is no such folder\): name a folder that holds"):
        load_reranker(name)


def test_a_hub_name_without_the_network(tmp_path: Path) -> None:
    code = (
        "import sys; from retrieval.answering.reranker import load_reranker; from retrieval.errors import "
        "ModelNotFound\n"
        "for name in sys.argv[1:]:\n"
        "    try: load_reranker(name)\n"
        "    except ModelNotFound as error: print(error.name, error.reason)\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, "some-owner/some-model", "some-model", "not a name!"],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert process.stdout.splitlines() == [
        "some-owner/some-model the hub cannot be reached",
        "some-model the hub cannot be reached",
        "not a name! this is neither a folder nor a hub name",
        "[]",
    ]


def refused(name: str | Path) -> str:
    """The reason for which the model is refused."""
    with pytest.raises(ModelUnfit, match=r": choose another with `reranker` in the settings\.$") as caught:
        load_reranker(str(name), "cpu")
    assert caught.value.name == str(name)
    return caught.value.reason


def test_an_encoder_of_single_texts_is_refused(copy: Path) -> None:
    biencoder = locate(DEFAULT_MODEL).path
    assert refused(biencoder) == (
        "it is a SentenceTransformer, which encodes each text alone, and a CrossEncoder is needed"
    )
    write(copy, config={"architectures": ["BertModel"], "model_type": "bert"})
    assert refused(copy) == "its architecture is BertModel, and a CrossEncoder's ends in ForSequenceClassification"
    write(copy, config={"model_type": "bert"})
    assert refused(copy) == "its architecture is none, and a CrossEncoder's ends in ForSequenceClassification"


def test_several_scores_for_a_sentence_are_refused(tmp_path: Path) -> None:
    folder = cross_encoder(tmp_path / "three", labels=3)
    assert refused(folder) == "it gives 3 scores for a sentence, and one is needed"


def test_pickled_weights_are_refused(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    assert refused(copy) == (
        f"{copy} keeps its weights as pickles, which can run code, and a model.safetensors is needed"
    )
    (copy / "pytorch_model.bin").unlink()
    assert refused(copy) == f"{copy} holds no weights, and a model.safetensors is needed"


def test_code_of_its_own_is_refused(copy: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (copy / "own.py").write_text(f"open({str(ran)!r}, 'w')\n")
    write(copy, config_sentence_transformers={"model_type": "CrossEncoder"})
    write(copy, modules=[MODULE, {"idx": 1, "name": "1", "path": "", "type": "own.Module"}])
    assert refused(copy) == "it runs code of its own, own.Module"
    assert not ran.exists()


def test_a_pickled_module_is_refused(copy: Path) -> None:
    (copy / "1_Dense").mkdir()
    (copy / "1_Dense" / "pytorch_model.bin").write_bytes(b"a pickle")
    dense = {"idx": 1, "name": "1", "path": "1_Dense", "type": "sentence_transformers.base.modules.dense.Dense"}
    write(copy, config_sentence_transformers={"model_type": "CrossEncoder"}, modules=[MODULE, dense])
    assert refused(copy) == f"{copy / '1_Dense'} keeps its weights as pickles, and a model.safetensors is needed"


def test_files_that_are_not_a_models_are_told(copy: Path) -> None:
    (copy / "config.json").write_text("{", "utf-8")
    assert refused(copy).startswith("its files are damaged or incomplete, JSONDecodeError: Expecting property name")
    (copy / "config.json").write_text("[]", "utf-8")
    assert refused(copy).startswith("its files are damaged or incomplete, AttributeError: 'list' object has no")
    (copy / "config.json").unlink()
    assert refused(copy).startswith("its files are damaged or incomplete, FileNotFoundError: ")


def test_damaged_weights_are_told(copy: Path) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:3000])
    assert refused(copy).startswith("trying it ended with SafetensorError: ")


def test_a_model_that_gives_no_score_is_refused(copy: Path) -> None:
    write(copy, config_sentence_transformers={"model_type": "CrossEncoder"}, modules=[MODULE])
    assert refused(copy) == "trying it ended with KeyError: 'scores'"


def test_missing_weights_are_not_made_up(copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    incomplete = {name: values for name, values in weights.items() if name != "classifier.weight"}
    save_file(incomplete, copy / "model.safetensors", metadata={"format": "pt"})
    assert refused(copy) == "its files lack weights that it needs, and random ones would take their place"


def test_scores_that_are_no_numbers_are_a_fault(copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    weights["classifier.bias"][:] = np.nan
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    reranker = load_reranker(str(copy), "cpu")
    with pytest.raises(ModelUnfit, match=r"\(it gives scores that are not finite numbers\)"):
        reranker.scores(QUESTION, TEXTS)
