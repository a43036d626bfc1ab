"""Typing noise: questions stay questions, and the same seed types the same."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from retrieval.training.noise import typed

QUESTION = "Who didn't sign the harbour's letter?"


@given(st.text(max_size=80), st.integers(0, 1000))
def test_the_same_seed_types_the_same(question: str, seed: int) -> None:
    assert typed(question, random.Random(seed)) == typed(question, random.Random(seed))


def test_every_kind_of_noise_is_drawn() -> None:
    forms = {typed(QUESTION, random.Random(seed)) for seed in range(400)}
    assert QUESTION in forms
    assert any(form.islower() for form in forms)
    assert any("didnt" in form for form in forms)
    assert any("harbour" not in form.lower() for form in forms), "no typo in 400"
    assert any(form.startswith("hey, ") for form in forms)
    assert any(not form.rstrip().endswith("?") for form in forms)
