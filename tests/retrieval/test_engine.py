"""An index opened for questions."""

from __future__ import annotations

import os
from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest

from retrieval.answering.confidence import FEATURES, ConfidenceModel
from retrieval.answering.first_stage import SHARPNESS
from retrieval.answering.lookup import MISSING
from retrieval.answering.quoter import Quoter
from retrieval.answering.ranking_models import Linear, RankingModels
from retrieval.answering.scoring import score_sentences
from retrieval.encoding.encoder import Encoder, EncoderSpec
from retrieval.encoding.models import PACKAGED, PackagedModel
from retrieval.engine import Engine
from retrieval.errors import IndexDamaged, IndexNotFound, IndexOutdated, QuestionInvalid
from retrieval.index.manifest import PassageSettings
from retrieval.remedies import BuildIndex
from tests.toy import ANSWERS, SPEC, ToyEncoder, build_toy, open_toy, write_corpus

WINDS = "Who winds the clocks of the museum?"


@pytest.fixture
def toy_model(monkeypatch: pytest.MonkeyPatch) -> list[tuple[EncoderSpec, Path]]:
    """Let `Engine.open` find the toy encoder; returns what it is asked for."""
    requests = list[tuple[EncoderSpec, Path]]()

    def question_encoder(spec: EncoderSpec, cache: Path, exporting: object) -> Encoder:
        requests.append((spec, cache))
        return ToyEncoder()

    monkeypatch.setattr("retrieval.engine.question_encoder", question_encoder)
    return requests


def only(intercept: float = 0.0, **weights: float) -> ConfidenceModel:
    """A model that is told by the features named alone."""
    return ConfidenceModel(intercept, tuple(weights.get(name, 0.0) for name in FEATURES))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_citation_is_checked_with_nothing_but_its_file(encoding: str, tmp_path: Path) -> None:
    text = "The café at the harbour opens at noon.\r\nOn Sundays the café opens at three for all sailors.\r\n"
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "café.txt").write_bytes(text.encode(encoding))
    build_toy(tmp_path / "articles", tmp_path / "index")
    quotes = open_toy(tmp_path / "index").ask("When does the café open on Sundays?").quotes
    assert quotes
    for quote in quotes:
        cited = quote.citation
        path = f"{tmp_path}/articles/{cited.path}"
        with open(path, encoding=cited.encoding, errors="replace", newline="") as file:
            assert file.read()[cited.start : cited.end] == quote.text


def test_a_citation_of_extracted_text_has_no_encoding(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.jsonl").write_text('{"_id": "a", "text": "The oldest clock loses four minutes."}\n')
    build_toy(tmp_path / "articles", tmp_path / "index")
    (quote,) = open_toy(tmp_path / "index").ask("What does the oldest clock lose?").quotes
    assert quote.citation.encoding is None


def test_a_note_is_found_by_its_aliases_which_are_never_quoted(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "articles")
    note = "# Velmora\n\nThe gate opens at nine and closes at dusk.\n"
    (corpus / "gate.md").write_text(f"---\naliases: [Quillhaven, The Sunken Port]\n---\n{note}", "utf-8")
    (corpus / "other.md").write_text(note.replace("Velmora", "Oskeld").replace("dusk", "ten"), "utf-8")
    build_toy(corpus, tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    for words in ("Quillhaven", "sunken port", "The gate opens at nine and closes in Quillhaven"):
        passage = engine.search(words).passages[0]
        assert (passage.text, passage.citation.article) == ("The gate opens at nine and closes at dusk.", "gate")
    answer = engine.ask("Quillhaven")
    assert [quote.citation.article for quote in answer.quotes][:1] == ["gate"]
    assert "Quillhaven" not in " ".join(quote.text for quote in answer.quotes)
    assert engine.generation.ref(engine.generation.row_of("gate") or 0).title == "Velmora"


def test_an_answer_tells_what_it_is(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    answer = engine.ask(f"  {WINDS}\n")
    assert (answer.question, answer.searched, answer.id) == (f"  {WINDS}\n", WINDS, None)
    assert answer.fingerprint == str(engine.answer_fingerprint)
    assert answer.fingerprint.startswith(f"{engine.generation.manifest.fingerprint}.")
    assert answer.elapsed_ms > 0
    assert [quote.score for quote in answer.quotes] == sorted((quote.score for quote in answer.quotes), reverse=True)
    assert not [quote for quote in answer.quotes if quote.weak]
    assert len(answer.nearest) == 3
    assert (answer.nearest[0].article, answer.nearest[0].title) == ("clock-museum", "The museum of clocks")
    cited = answer.quotes[0].citation
    assert (cited.path, cited.paragraph, cited.title) == ("museum.md", 1, "The museum of clocks")
    assert cited.ref == f"clock-museum@{cited.sha256[:12]}#{cited.start}-{cited.end}"


def test_a_citation_carries_the_facts_of_its_article(toy_index: Path) -> None:
    cited = open_toy(toy_index).ask("Who is exempt from the toll?").quotes[0].citation
    assert (cited.article, cited.published, cited.url) == ("bridge", "2019-05-17", "https://courier.example/bridge")
    assert cited.source == "Velmora Courier, “A crossing reopens”"
    assert cited.paragraph == 3


def test_an_abstention_has_no_quotes_but_those_asked_for(toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, threshold=1.01))
    answer = engine.ask(WINDS)
    assert (answer.answered, answer.quotes, len(answer.nearest)) == (False, (), 3)
    weak = engine.ask(WINDS, show_weak=True, top=1)
    assert (weak.answered, len(weak.quotes), weak.quotes[0].weak) == (False, 1, True)
    assert weak.confidence == answer.confidence > 0


def test_confidence_is_the_logistic_model_of_maxsim_and_terms(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    confidence = engine.ask(WINDS).confidence
    for intercept, expected in ((0.0, 0.5), (1e9, 1.0), (-1e9, 0.0)):
        engine.model = only(intercept=intercept)
        assert engine.ask(WINDS).confidence == expected
    engine.model = only(terms=4.0)
    all_terms_held = engine.ask("Who winds clocks of the museum by hand?").confidence
    assert all_terms_held < 1 / (1 + exp(-4.0)) + 1e-4
    assert engine.ask("The museum keeps clocks?").confidence == pytest.approx(1 / (1 + exp(-4.0)), abs=1e-4)
    assert engine.ask("Quantum zebras?").confidence == 0.5
    assert 0 < confidence < 1


def beliefs(engine: Engine) -> tuple[list[float], list[float]]:
    """The beliefs in sentences quoted alone, and the first stage's scores of the same ones."""
    engine.settings = replace(ANSWERS, word_cost=1.0, least=0.0, top=9)
    outcome = engine.find(WINDS, (), Quoter(engine.generation, engine.settings))
    scored = score_sentences(engine.generation, outcome.question, outcome.candidates, engine.settings)
    scores = {sentence.row: sentence.score for sentence in scored}
    assert [len(draft.sentences) for draft in outcome.drafts] == [1] * 9
    return [draft.belief for draft in outcome.drafts], [scores[draft.best.row] for draft in outcome.drafts]


def test_without_fitted_models_belief_follows_the_first_stage(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    assert engine.ranking_models is None
    believed, scores = beliefs(engine)
    assert believed == sorted(believed, reverse=True)
    assert 0.9 < sum(believed) < 1
    assert np.diff(np.log(believed)) == pytest.approx(SHARPNESS * np.diff(scores), abs=1e-6)
    assert engine.trace(WINDS).features[2:6] == (0.0, 0.0, 0.0, 0.0)


def test_fitted_models_tell_the_belief_and_the_confidence(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    model = Linear(5.0, {"maxsim": 7.0, "passage_cosine": -3.0, "first": 0.25})
    engine.ranking_models = RankingModels(model, Linear(0.5, {"share": 1.0}), Linear(0.0, {"passage_score": -1.0}))
    believed, _ = beliefs(engine)
    outcome = engine.find(WINDS, (), Quoter(engine.generation, engine.settings))
    assert outcome.evidence is not None
    evidence = outcome.evidence.sentences()
    logits = 7 * evidence["maxsim"] - 3 * evidence["passage_cosine"] + 0.25 * evidence["first"]
    assert len(logits) == engine.settings.weighed
    shares = np.exp(logits) / np.exp(logits).sum()
    shares_by_row = {sentence.row: share for sentence, share in zip(outcome.evidence.best, shares, strict=True)}
    assert believed == pytest.approx([shares_by_row[draft.best.row] for draft in outcome.drafts])
    assert believed[0] == pytest.approx(max(shares))
    topic, support, *reading = engine.trace(WINDS).features[2:6]
    assert topic == pytest.approx(-log(1 + exp(-0.5 - believed[0])))
    assert support == pytest.approx(-log(1 + exp(outcome.candidates[0].score)))
    assert reading == [0.0, 0.0]


def test_the_share_of_an_answer_is_that_of_all_who_print_it(toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, word_cost=1.0))
    none = Linear(0.0, {})
    engine.ranking_models = RankingModels(Linear(0.0, {"maxsim": 100.0}), Linear(0.0, {"share": 1.0}), none)
    trace = engine.trace("What did the gale of 9 March sink?")
    assert len(trace.answer.quotes[0].also_in) == 1
    assert trace.answer.quotes[0].score < 0.9
    assert trace.features[2] == pytest.approx(-log(1 + exp(-1)), abs=1e-3)


def test_passages_are_slices_with_citations(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    result = engine.search(WINDS, count=4)
    passages = result.passages
    assert (len(passages), result.skipped, result.total, result.words) == (4, 0, 12, WINDS)
    assert [passage.score for passage in passages] == sorted((passage.score for passage in passages), reverse=True)
    assert passages[0].citation.article == "clock-museum"
    for passage in passages:
        row = engine.generation.row_of(passage.citation.article)
        assert row is not None
        assert engine.generation.article(row).text[passage.citation.start : passage.citation.end] == passage.text
    every = engine.search(WINDS, count=1000).passages
    assert len(every) == 12
    for skip in (0, 5, 11):
        assert engine.search(WINDS, skip=skip, count=5).passages == every[skip : skip + 5]
    assert engine.search(WINDS, skip=12).passages == ()


def test_a_question_that_cannot_be_asked(toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, max_question=10))
    for question in ("", "?!", "x" * 11):
        for ask in (engine.ask, engine.search):
            with pytest.raises(QuestionInvalid):
                ask(question)


def test_an_index_is_opened_with_the_encoder_that_made_it(
    toy_index: Path, toy_model: list[tuple[EncoderSpec, Path]], tmp_path: Path
) -> None:
    engine = Engine.open(str(toy_index), ANSWERS, cache=tmp_path)
    assert toy_model == [(SPEC, tmp_path)]
    assert engine.ask(WINDS).quotes == open_toy(toy_index).ask(WINDS).quotes
    with pytest.raises(IndexNotFound):
        Engine.open(tmp_path / "none")


def test_an_open_engine_needs_its_files_no_more(
    corpus: Path, toy_model: list[tuple[EncoderSpec, Path]], tmp_path: Path
) -> None:
    index = tmp_path / "index"
    build_toy(corpus, index)
    quotes = open_toy(index).ask(WINDS).quotes
    engine = Engine.open(index, ANSWERS)
    for number in range(2, 5):
        (corpus / "bridge.md").write_text(f"The bridge was closed for {number} days in spring.\n", "utf-8")
        build_toy(corpus, index)
    assert not engine.generation.folder.exists()
    assert engine.ask(WINDS).quotes == quotes


@pytest.mark.parametrize("name", ["texts.bin", "vectors.array", "passage-terms/documents.array"])
def test_a_file_that_is_cut_under_an_open_engine_is_damage(name: str, tmp_path: Path) -> None:
    index = tmp_path / "index"
    build_toy(write_corpus(tmp_path / "corpus"), index)
    engine = open_toy(index)
    assert engine.ask(WINDS).quotes
    citation = engine.ask(WINDS).quotes[0].citation
    os.truncate(engine.generation.folder / name, 0)  # as a copy that is written over it begins
    sentence = rf"{Path(name).name} is damaged \(it has 0 bytes and should have [\d,]+\)"
    with pytest.raises(IndexDamaged, match=sentence):
        engine.ask(WINDS)
    with pytest.raises(IndexDamaged, match=sentence):
        engine.search("gate")
    with pytest.raises(IndexDamaged, match=sentence):
        engine.generation.cited(citation.article, citation.sha256)


def test_without_titles_passages_are_encoded_alone(corpus: Path, tmp_path: Path) -> None:
    encoder = ToyEncoder()
    build_toy(corpus, tmp_path / "index", encoder, passages=PassageSettings(45, title=False))
    assert encoder.encoded[0].startswith("The stone bridge")


def test_each_question_of_a_message_is_answered(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    winds, toll = "Who winds the clocks of the museum?", "who is exempt from the toll of the bridge?"
    alone = [engine.ask(question).quotes for question in (winds, toll)]
    answer = engine.ask(f"{winds.removesuffix('?')} and {toll}")
    assert [quote.text for quote in answer.quotes[:2]] == [quotes[0].text for quotes in alone]
    assert answer.confidence == engine.ask(winds).confidence
    assert len({quote.citation.ref for quote in answer.quotes}) == len(answer.quotes)
    assert (answer.searched, answer.unanswered) == (f"{winds} {toll}", ())
    single = engine.ask(f"{winds} {toll}", top=1)
    assert [quote.text for quote in single.quotes] == [quotes[0].text for quotes in alone]


def test_what_a_part_leans_on_is_not_named_twice(toy_index: Path) -> None:
    answer = open_toy(toy_index).ask("Who winds the clocks of the museum? And when does she wind them?")
    assert answer.searched == "Who winds the clocks of the museum? when does she wind them?"


def test_a_question_of_a_message_without_an_answer_is_named(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    winds, zebra = "Who winds the clocks of the museum?", "Where do quantum zebras graze?"
    sure, unsure = engine.ask(winds).confidence, engine.ask(zebra).confidence
    engine.settings = replace(ANSWERS, threshold=(sure + unsure) / 2)
    answer = engine.ask(f"{zebra} {winds}")
    assert (answer.answered, answer.unanswered, answer.confidence) == (True, (zebra,), sure)
    assert answer.quotes == engine.ask(winds).quotes
    engine.settings = replace(ANSWERS, threshold=1.01)
    refused = engine.ask(f"{zebra} {winds}", show_weak=True)
    assert (refused.answered, refused.unanswered) == (False, ())
    assert refused.quotes


def test_polite_words_are_not_searched_for(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    polite = engine.ask("hi all, can anyone tell me who winds the clocks of the museum? thanks!")
    assert polite.searched == "who winds the clocks of the museum?"
    assert polite.quotes == engine.ask(polite.searched).quotes


def test_a_question_with_a_doubtful_name_is_not_trusted(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    outcome = engine.find(WINDS, (), Quoter(engine.generation, engine.settings))
    features = engine.features(outcome)
    assert engine.trust(outcome, features) == pytest.approx(engine.ask(WINDS).confidence, abs=1e-4)
    doubtful = replace(outcome, question=replace(outcome.question, doubtful=True))
    assert engine.trust(doubtful, features) <= MISSING


def test_an_index_of_an_earlier_version_of_a_packaged_model_is_built_again(
    tmp_path: Path, toy_model: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    encoded = build_toy(corpus, index).encoded
    assert Engine.open(index).ask(WINDS).quotes
    monkeypatch.setitem(PACKAGED, SPEC.name, PackagedModel("toy_package", "model", "f" * 64))
    with pytest.raises(
        IndexOutdated, match=r"toy in its version .*, but f{12}… is asked for: build it again"
    ) as caught:
        Engine.open(index)
    assert caught.value.remedies == (BuildIndex(index, str(corpus)),)
    assert build_toy(corpus, index).encoded == encoded
