"""The fitted models as plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answering import ranking_models
from retrieval.answering.ranking_models import FILE, Linear, for_encoder, log_share, read_models, softmax
from retrieval.encoding.models import DEFAULT_MODEL, PACKAGED
from retrieval.encoding.selection import EncoderSettings
from retrieval.errors import InputInvalid
from retrieval.sealed import seal, unseal
from tests.benchmarks import fit
from tests.retrieval.answering.evidences import evidence_of
from tests.toy import SPEC

ROOT = Path(__file__).resolve().parents[3]
DIGEST = PACKAGED[DEFAULT_MODEL].digest


def test_the_numbers_are_of_the_default_encoder() -> None:
    assert EncoderSettings().model == DEFAULT_MODEL
    assert list(read_models(FILE)) == [DIGEST]
    assert for_encoder(DIGEST) == read_models(FILE)[DIGEST]
    assert for_encoder(SPEC.digest) is None


def test_the_numbers_are_those_that_the_evidence_gives() -> None:
    fitted, source = read_models(FILE)[DIGEST], evidence_of("Who signed it?")
    assert list(fitted.sentence.weights) == list(source.sentences())
    answer = source.answer(10, 1.0, 1.0)
    assert set(fitted.topic.weights) | set(fitted.support.weights) <= set(answer)
    for model, evidence in (
        (fitted.sentence, source.sentences()),
        (fitted.topic, answer),
        (fitted.support, answer),
    ):
        assert np.isfinite(model.of(evidence)).all()
        assert all(model.weights.values())


def test_a_sum_of_floats_or_of_arrays() -> None:
    linear = Linear(0.5, {"one": 2.0, "two": -1.0})
    assert linear.of({"one": 1.5, "two": 0.25, "other": 9.0}) == 3.25
    sums = linear.of({"one": np.array([1.5, 0.0]), "two": np.array([0.25, 1.0])})
    assert sums.tolist() == [3.25, -0.5]
    assert Linear(0.5, {}).of({}) == 0.5
    with pytest.raises(InputInvalid, match=r"cannot be used \(they weigh 'two', which .*\): install quoth again"):
        linear.of({"one": 1.0})


def test_shares() -> None:
    assert softmax(np.array([0.0, log(3.0)])) == pytest.approx([0.25, 0.75])
    assert softmax(np.array([-7.0])).tolist() == [1.0]
    assert softmax(np.array([1e4, 0.0, 1e4])).tolist() == [0.5, 0.0, 0.5]


def test_the_log_of_a_share() -> None:
    assert log_share(0.0) == pytest.approx(log(0.5))
    assert log_share(2.0) == pytest.approx(log(1 / (1 + exp(-2.0))))
    assert (log_share(-1e6), log_share(1e6)) == (-1e6, 0.0)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 40), others=st.integers(0, 40))
def test_equal_sentences_are_believed_alike_whatever_stands_beside_them(seed: int, count: int, others: int) -> None:
    """To the last bit: they are told apart by nothing but their row."""
    random = np.random.default_rng(seed)
    linear = read_models(FILE)[DIGEST].sentence
    own = random.normal(size=(count, len(linear.weights)))
    rows = np.concatenate([own, random.normal(size=(others, own.shape[1])), own])
    order = random.permutation(len(rows))

    def logits(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
        sums: list[float] = linear.of(dict(zip(linear.weights, values.T, strict=True))).tolist()
        return sums

    alone, together = logits(own), logits(rows)
    assert together[:count] == together[-count:] == alone
    assert [together[place] for place in order] == logits(rows[order])
    shares = softmax(np.array(together)).tolist()
    assert shares[:count] == shares[-count:]


def without(name: str) -> Callable[[dict[str, Any]], object]:
    """Damage: a model's field is gone."""
    return lambda content: content["models"][0].pop(name)


def with_(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Damage: a model's field is another."""
    return lambda content: content["models"][0].update({name: value})


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda content: content.pop("format"), "KeyError: 'format'"),
        (lambda content: content.update(format=2), "ValueError: format 2, not 1"),
        (lambda content: content.pop("models"), "KeyError: 'models'"),
        (lambda content: content.update(models=None), "TypeError: "),
        (without("encoder"), "KeyError: 'encoder'"),
        (without("sentence"), "KeyError: 'sentence'"),
        (without("topic"), "KeyError: 'topic'"),
        (without("support"), "KeyError: 'support'"),
        (with_("encoder", []), "TypeError: "),
        (with_("topic", {"intercept": 0}), "KeyError: 'weights'"),
        (with_("topic", {"intercept": 0, "weights": []}), "AttributeError: "),
        (with_("topic", {"intercept": None, "weights": {}}), "TypeError: "),
        (with_("topic", {"intercept": "much", "weights": {}}), "ValueError: "),
        (with_("topic", {"intercept": 0, "weights": {"share": "nan"}}), "ValueError: a number in it is not"),
        (with_("topic", {"intercept": 0, "weights": {}}), "ValueError: a model in it has no weights"),
        (with_("topic", {"intercept": 10**400, "weights": {}}), "OverflowError: "),
        (
            with_("topic", {"intercept": 0, "weights": {"share": -1e300}}),
            "ValueError: a number in it exceeds 1,000,000",
        ),
    ],
)
def test_damaged_numbers(damage: Callable[[dict[str, Any]], object], error: str, tmp_path: Path) -> None:
    content = unseal(FILE.read_bytes())
    damage(content)
    file = tmp_path / "ranking.json"
    file.write_bytes(seal(content))
    with pytest.raises(InputInvalid) as caught:
        read_models(file)
    check(caught.value, file, error)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", "it has no checksum"),
        (b"[1]", "it has no checksum"),
        (b"null", "it has no checksum"),
        (b'{"format": 1, "mod', "it has no checksum"),
        (b'{"format": 1, "models": [], "sha256": ""}', "its checksum differs"),
        (b"\xff\xfe", "it has no checksum"),
        (b"[" * 100_000, "it has no checksum"),
        (None, "FileNotFoundError: "),
    ],
)
def test_numbers_that_are_no_numbers(raw: bytes | None, error: str, tmp_path: Path) -> None:
    file = tmp_path / "ranking.json"
    if raw is not None:
        file.write_bytes(raw)
    with pytest.raises(InputInvalid) as caught:
        read_models(file)
    check(caught.value, file, error)


def test_no_byte_of_the_numbers_is_changed_cut_or_added_unnoticed(tmp_path: Path) -> None:
    file, raw = tmp_path / "ranking.json", FILE.read_bytes()
    flipped = (raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :] for at in range(len(raw)))
    for bad in (*flipped, raw[:-1], raw + b"\n", raw.replace(b"\n", b"\r\n")):
        file.write_bytes(bad)
        with pytest.raises(InputInvalid) as caught:
            read_models(file)
        check(caught.value, file, "it")
    file.write_bytes(raw)
    assert read_models(file) == read_models(FILE)


def test_what_is_fitted_anew_is_read(tmp_path: Path) -> None:
    file, models = tmp_path / "ranking.json", read_models(FILE)[DIGEST]
    fit.write(file, DIGEST, "all-MiniLM-L6-v2", models)
    assert read_models(file) == {DIGEST: models}
    assert file.read_bytes() == FILE.read_bytes()


def test_numbers_that_are_gone_have_no_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking_models, "FILE", tmp_path / "ranking.json")
    with pytest.raises(InputInvalid) as caught:
        ranking_models.digest.__wrapped__()
    check(caught.value, tmp_path / "ranking.json", "FileNotFoundError: ")


def check(error: InputInvalid, file: Path, cause: str) -> None:
    """The fault is told in one sentence that names the file and the remedy."""
    message = str(error)
    assert message.startswith(f"The fitted numbers {file} cannot be used ({cause}")
    assert message.endswith("): install quoth again.")
    assert "\n" not in message
