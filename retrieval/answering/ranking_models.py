"""Small linear models over the evidence, stored in ranking.json: which sentence answers, and whether it does.

Three models, fitted by tests/benchmarks/folds.py on SQuAD 2.0 part A for one encoder. Another encoder's similarities
have another scale, so its sentences are ordered by the first stage's score alone.

- sentence: a conditional logit over the best sentences of a question (McFadden 1974): its softmax is the belief that
  each holds the answer.
- topic: logistic, answerable questions against off-corpus ones.
- support: logistic, answerable questions against unanswered ones on topic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite, log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import InputInvalid
from retrieval.files import file_digest
from retrieval.sealed import unseal

FILE = Path(__file__).resolve().with_name("ranking.json")
FORMAT = 1
EDGE = 0.01
GREATEST = 1_000_000  # magnitude of a weight: far larger ones overflow the sums


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of named numbers."""

    intercept: float
    weights: Mapping[str, float]

    def of(self, evidence: Mapping[str, Any]) -> Any:
        """Return the sum, of floats or of arrays of equal shape; raises InputInvalid where a feature is missing."""
        # Term by term: a matrix product may give equal rows unequal last digits, which would decide ties.
        total = self.intercept
        for name, weight in self.weights.items():
            if name not in evidence:
                raise _unusable(FILE, f"they weigh {name!r}, which this version of quoth does not compute")
            total = total + weight * evidence[name]
        return total


@dataclass(frozen=True, slots=True)
class RankingModels:
    """The models fitted for one encoder."""

    sentence: Linear
    topic: Linear
    support: Linear


def for_encoder(digest: str) -> RankingModels | None:
    """Return the models fitted for the encoder with this digest; None where there are none."""
    return _all().get(digest)


@cache
def _all() -> Mapping[str, RankingModels]:
    return read_models(FILE)


@cache
def digest() -> str:
    """Return the first 12 hex digits of ranking.json's digest; raises InputInvalid where it cannot be read."""
    try:
        return file_digest(FILE)[:12]
    except OSError as error:
        raise _unusable(FILE, f"{type(error).__name__}: {error}") from error


def read_models(file: Path) -> Mapping[str, RankingModels]:
    """Read the models by their encoder's digest; raises InputInvalid for a damaged file."""
    try:
        content = unseal(file.read_bytes())
    except ValueError as error:
        raise _unusable(file, str(error)) from error
    except OSError as error:
        raise _unusable(file, f"{type(error).__name__}: {error}") from error
    try:
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}, not {FORMAT}")
        return {
            model["encoder"]: RankingModels(*(_linear(model[name]) for name in ("sentence", "topic", "support")))
            for model in content["models"]
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _unusable(file, f"{type(error).__name__}: {error}") from error


def _linear(fields: Mapping[str, Any]) -> Linear:
    linear = Linear(float(fields["intercept"]), {name: float(weight) for name, weight in fields["weights"].items()})
    if not linear.weights:
        raise ValueError("a model in it has no weights")
    numbers = (linear.intercept, *linear.weights.values())
    if not all(map(isfinite, numbers)):
        raise ValueError("a number in it is not finite")
    if max(map(abs, numbers)) > GREATEST:
        raise ValueError(f"a number in it exceeds {GREATEST:,}")
    return linear


def _unusable(file: Path, reason: str) -> InputInvalid:
    return InputInvalid(f"The fitted numbers {file}", f"cannot be used ({reason})", "install quoth again")


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the softmax: shares that sum to 1."""
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum())


def log_share(logit: float) -> float:
    """Return the log of a logit's probability."""
    return float(-np.logaddexp(0, -logit))


def log_odds(share: float) -> float:
    """Return the log-odds of a share; one near 0 or 1 counts as EDGE away from it."""
    inside = min(max(share, EDGE), 1 - EDGE)
    return log(inside / (1 - inside))
