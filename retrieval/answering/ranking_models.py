"""Small models of the evidence, as plain numbers in ranking.json: which sentence answers, and is it an answer.

Three linear models, fitted by tests/benchmarks/folds.py on SQuAD 2.0 part A for one encoder. What another encoder's
similarities mean is not known, and its sentences are ordered by the first stage's score alone.

- sentence: a conditional logit over the best sentences of a question (McFadden 1974): its softmax is the belief that
  the answer stands in each.
- topic: logistic, answerable questions against off-corpus ones.
- support: logistic, answerable questions against those that are on topic and unanswered.

What was tried, P@1 of single sentences on part A's articles by weights of the others (the first stage alone: .738):
thirty numbers as kept .779; all ninety candidates .776; eighteen .764; MaxSim and both BM25 refitted .725 (the
likelihood trusts BM25 more than the first sentence can bear), with the neighbours' gain .738, with the poorest match
.739, with the asked kind (who, when, where, how many) .727. A network of 16 hidden units over the same, three of them
averaged, .760. The sentence's own vector, centred or not, beside the thirty: -.002 to +.002. Twenty passages instead
of ten, or thirty sentences weighed instead of twenty: .000 to +.002. Of these models only the sentence model changes
which quote comes first; on the seeds' gold set, which none was fitted on, it raised P@1 from .53 to .63, and with the
neighbours that it lets join to .68. Fitting on the seeds and the originals as well changed nothing there (.638 to
.638).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import InputInvalid
from retrieval.files import file_digest
from retrieval.sealed import unseal

FILE = Path(__file__).resolve().with_name("ranking.json")
FORMAT = 1
GREATEST = 1_000_000  # of a weight: sums of what is far beyond are no numbers any more


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of named numbers."""

    intercept: float
    weights: Mapping[str, float]

    def of(self, evidence: Mapping[str, Any]) -> Any:
        """The sum, of floats or of arrays of equal shape; raises InputInvalid where a weight has no such number."""
        # Term by term: a matrix product may give equal rows unequal last digits, and ties would go by those.
        total = self.intercept
        for name, weight in self.weights.items():
            if name not in evidence:
                raise _unusable(FILE, f"they weigh {name!r}, which this version of quoth does not tell")
            total = total + weight * evidence[name]
        return total


@dataclass(frozen=True, slots=True)
class Learned:
    """The models fitted for one encoder."""

    sentence: Linear
    topic: Linear
    support: Linear


def for_encoder(digest: str) -> Learned | None:
    """The models fitted for the encoder with this digest; None where there are none."""
    return _all().get(digest)


@cache
def _all() -> Mapping[str, Learned]:
    return read(FILE)


@cache
def digest() -> str:
    """First 12 hex digits of the digest of the fitted numbers; raises InputInvalid where they cannot be read."""
    try:
        return file_digest(FILE)[:12]
    except OSError as error:
        raise _unusable(FILE, f"{type(error).__name__}: {error}") from error


def read(file: Path) -> Mapping[str, Learned]:
    """Digest of an encoder -> its models; raises InputInvalid for a file that is not, to the byte, what `fit` wrote."""
    try:
        said = unseal(file.read_bytes())
    except ValueError as error:
        raise _unusable(file, str(error)) from error
    except OSError as error:
        raise _unusable(file, f"{type(error).__name__}: {error}") from error
    try:
        if said["format"] != FORMAT:
            raise ValueError(f"format {said['format']}, not {FORMAT}")
        return {
            one["encoder"]: Learned(*(_linear(one[name]) for name in ("sentence", "topic", "support")))
            for one in said["models"]
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _unusable(file, f"{type(error).__name__}: {error}") from error


def _linear(said: Mapping[str, Any]) -> Linear:
    linear = Linear(float(said["intercept"]), {name: float(weight) for name, weight in said["weights"].items()})
    if not linear.weights:
        raise ValueError("a model in it weighs nothing")
    numbers = (linear.intercept, *linear.weights.values())
    if not all(map(isfinite, numbers)):
        raise ValueError("a number in it is not finite")
    if max(map(abs, numbers)) > GREATEST:
        raise ValueError(f"a number in it is beyond {GREATEST:,}")
    return linear


def _unusable(file: Path, reason: str) -> InputInvalid:
    return InputInvalid(f"The fitted numbers {file}", f"cannot be used ({reason})", "install quoth again")


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares that sum to 1."""
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum())


def log_share(logit: float) -> float:
    """The log of the probability that a logit stands for."""
    return float(-np.logaddexp(0, -logit))
