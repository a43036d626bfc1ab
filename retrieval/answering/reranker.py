"""The optional second stage: a sentence-transformers CrossEncoder reads question and sentence together and reorders.

It sees the sentence alone, as printed in its article. Importing this module does not load torch.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

from retrieval.answering.scoring import RankedSentence
from retrieval.encoding.hub import model_folder
from retrieval.errors import ModelUnfit
from retrieval.extras import require

BATCH = 32
ORGANISATION = "cross-encoder"  # owner of a hub name without a slash, as in sentence-transformers
UNWANTED = ("onnx/*", "openvino/*", "*.bin", "*.pt", "*.pkl", "*.py", "*.h5", "*.ot", "*.msgpack")
HEADS = "ForSequenceClassification"  # suffix of the architectures that score a pair of texts
RANDOM = "newly initialized"  # transformers logs this for weights that the model's files lack


class Reranker(Protocol):
    """Scores sentences by reading each together with the question."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return how well each text answers the question, in order; greater is better, on any scale."""
        ...


def rerank(
    question: str,
    ranked: Sequence[RankedSentence],
    text_of: Callable[[RankedSentence], str],
    reranker: Reranker,
    depth: int,
) -> list[RankedSentence]:
    """Reorder the first `depth` sentences by the reranker's scores, best first; of equal scores the newest first.

    Rerankers differ in scale (logits that span 20, probabilities), so their scores are no beliefs. The order changes
    and the beliefs stay: the best sentence gets the greatest belief, the next one the second, and so on. So as many
    sentences as before are believed enough to be quoted, the list stays sorted, and sentences beyond `depth` stay
    below. The reranker's own score is stored as `reranked`.

    The confidence still depends on the matches of whichever sentence comes first, so a threshold that was calibrated
    without the reranker needs calibrating again with it.
    """
    first = ranked[:depth]
    scores = reranker.scores(question, [text_of(sentence) for sentence in first])
    ordered = sorted(zip(first, scores, strict=True), key=lambda pair: (-pair[1], pair[0].place))
    places = zip(ordered, first, strict=True)
    reranked = (RankedSentence(ranked.sentence, place.belief, score, ranked.odds) for (ranked, score), place in places)
    return [*reranked, *ranked[depth:]]


def load_reranker(name: str, device: str | None = None) -> Reranker:
    """Load a CrossEncoder from a folder or a hub name, fetched once, onto CUDA where available.

    Raises ModelNotFound, or ModelUnfit for a model that is no CrossEncoder, returns several scores, runs its own code
    or stores its weights as pickles; ExtraMissing without what runs it.
    """
    folder = model_folder(name, ORGANISATION, UNWANTED)
    try:
        _check(name, folder)
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise _unfit(name, f"its files are damaged or incomplete, {type(error).__name__}: {_line(error)}") from error
    require("models", f"The reranker {name!r}")
    return CrossEncoderReranker(name, folder, device)


class CrossEncoderReranker:
    """A CrossEncoder in a folder; scores are its logits, since a sigmoid rounds the highest of them to 1."""

    def __init__(self, name: str, folder: Path, device: str | None = None) -> None:
        self._name = name
        try:
            with _quietly() as logged:
                self._model = _loaded(folder, device)
                self._model.predict([("Who?", "Nobody.")], show_progress_bar=False)
        except Exception as error:  # transformers, safetensors, torch and json share no base error
            raise _unfit(name, f"trying it ended with {type(error).__name__}: {_line(error)}") from error
        if any(RANDOM in message for message in logged):
            raise _unfit(name, "its files lack weights that it needs, and random ones would take their place")
        if self._model.num_labels != 1:
            raise _unfit(name, f"it gives {self._model.num_labels} scores for a sentence, and one is needed")

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return a logit for each text; raises ModelUnfit where one is not finite."""
        # A repeated text is read once: its place in a batch changes the last bits, which would break ties.
        distinct = list(dict.fromkeys(texts))
        pairs = [(question, text) for text in distinct]
        with _one_thread():
            logits = [float(logit) for logit in self._model.predict(pairs, batch_size=BATCH, show_progress_bar=False)]
        if not all(map(isfinite, logits)):
            raise _unfit(self._name, "it gives scores that are not finite numbers")
        by_text = dict(zip(distinct, logits, strict=True))
        return [by_text[text] for text in texts]


def _loaded(folder: Path, device: str | None) -> Any:
    import torch
    from sentence_transformers import CrossEncoder

    return CrossEncoder(
        str(folder),
        device=device,
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
        activation_fn=torch.nn.Identity(),
    )


def _check(name: str, folder: Path) -> None:
    """Refuse a folder whose files show that it is no CrossEncoder, before imports that take seconds."""
    if not any(folder.glob("*.safetensors")):
        fault = "keeps its weights as pickles, which can run code" if any(folder.glob("*.bin")) else "holds no weights"
        raise _unfit(name, f"{folder} {fault}, and a model.safetensors is needed")
    if (folder / "modules.json").is_file():
        kind = _json(folder / "config_sentence_transformers.json").get("model_type", "SentenceTransformer")
        if kind != "CrossEncoder":
            raise _unfit(name, f"it is a {kind}, which encodes each text alone, and a CrossEncoder is needed")
        _check_modules(name, folder)
        return
    heads = _json(folder / "config.json").get("architectures") or ["none"]
    if not str(heads[0]).endswith(HEADS):
        raise _unfit(name, f"its architecture is {heads[0]}, and a CrossEncoder's ends in {HEADS}")


def _check_modules(name: str, folder: Path) -> None:
    for module in _json(folder / "modules.json"):
        if not module["type"].startswith("sentence_transformers."):
            raise _unfit(name, f"it runs code of its own, {module['type']}")
        inner = folder / module["path"]
        if any(inner.glob("*.bin")) and not any(inner.glob("*.safetensors")):
            raise _unfit(name, f"{inner} keeps its weights as pickles, and a model.safetensors is needed")


def _json(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))


def _unfit(name: str, reason: str) -> ModelUnfit:
    return ModelUnfit(name, reason, "reranker")


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit torch to one thread, as for the encoder of questions: more are slower on busy processors."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _quietly() -> Iterator[list[str]]:
    """Keep the libraries' progress bars and messages off the terminal; yields the messages logged meanwhile."""
    from transformers.utils import logging as transformers_logging

    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in ("transformers", "sentence_transformers")]
    before = [(logger, logger.handlers, logger.propagate) for logger in loggers]
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    for logger in loggers:
        logger.handlers, logger.propagate = [handler], False
    try:
        yield logged
    finally:
        for logger, handlers, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate
        if bars:
            transformers_logging.enable_progress_bar()
