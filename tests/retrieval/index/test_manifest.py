"""What a generation says of itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retrieval.analysis import ANALYSIS
from retrieval.errors import IndexDamaged, IndexMismatch
from retrieval.index.manifest import FORMAT, Counts, Manifest, PassageSettings, check_fit, parse
from retrieval.records import Reason
from retrieval.remedies import BuildIndex
from tests.toy import SPEC

FILE = Path("index/generations/000001/manifest.json")
CORPUS = "/corpora/Ærø"

MANIFEST = Manifest(
    created="2024-05-06T07:08:09+00:00",
    corpus=CORPUS,
    corpus_digest="c" * 64,
    centre=(0.5, -0.25),
    encoder=SPEC,
    passages=PassageSettings(),
    counts=Counts(1, 2, 3, 4, 5, 60, {Reason.CONTEXT: 7, Reason.MARKS: 1}),
    vectors="IVF1326",
    recall=0.987,
    versions={"numpy": "2.0"},
    files={"b.bin": (12, "b" * 64), "a/c.npy": (0, "a" * 64), "sources.json": (3, "d" * 64)},
)


def manifest_with(**changes: object) -> bytes:
    raw: dict[str, Any] = json.loads(MANIFEST.dump())
    return json.dumps({**raw, **changes}).encode()


def test_what_was_dumped_is_parsed() -> None:
    assert parse(MANIFEST.dump(), FILE) == MANIFEST
    assert parse(MANIFEST.dump(), FILE).dump() == MANIFEST.dump()
    exact = replace(MANIFEST, recall=None)
    assert parse(exact.dump(), FILE) == exact


def test_a_corpus_may_have_a_name_that_is_no_utf_8() -> None:
    odd = replace(MANIFEST, corpus="/corpora/\udcff")
    assert parse(odd.dump(), FILE) == odd


def test_a_newer_format_is_refused_with_the_remedy() -> None:
    fault = (
        rf"^The index {FILE.parents[2]} was built with format {FORMAT + 1}/{ANALYSIS}, but {FORMAT}/{ANALYSIS} is "
        r"asked for: upgrade quoth, or build it again\.$"
    )
    with pytest.raises(IndexMismatch, match=fault) as caught:
        parse(manifest_with(format=FORMAT + 1), FILE)
    assert caught.value.remedies == (BuildIndex(Path("index"), CORPUS, rebuild=True),)


@pytest.mark.parametrize("changes", [{"format": FORMAT - 1}, {"analysis": "letters-1"}], ids=["format", "analysis"])
def test_another_format_is_refused_with_the_remedy(changes: dict[str, object]) -> None:
    with pytest.raises(IndexMismatch, match=r"is asked for: build it again\.$") as caught:
        parse(manifest_with(**changes), FILE)
    assert caught.value.remedies == (BuildIndex(Path("index"), CORPUS, rebuild=True),)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{}", b"[]", b"null", b"\xff", b'{"format": null}', MANIFEST.dump()[:-20]),
        *(
            manifest_with(encoder=None),
            manifest_with(files=[1]),
            manifest_with(files={"a": 1}),
            manifest_with(extra=1),
            manifest_with(counts={"files": 1}),
        ),
    ],
)
def test_what_is_no_manifest_is_damaged(raw: bytes) -> None:
    with pytest.raises(IndexDamaged, match=r"manifest\.json is damaged \(it "):
        parse(raw, FILE)


def test_the_fingerprint_changes_with_what_answers_change_with() -> None:
    first = MANIFEST.fingerprint
    assert len(first) == 12
    assert set(first) <= set("0123456789abcdef")
    same: list[dict[str, Any]] = [
        {"created": "now"}, {"corpus": "/elsewhere"}, {"versions": {}}, {"counts": Counts(0, 0, 0, 0, 0, 0, {})},
        {"files": {**MANIFEST.files, "sources.json": (4, "e" * 64)}},
        {"files": dict(sorted(MANIFEST.files.items(), reverse=True))},
    ]  # fmt: skip
    for changes in same:
        assert replace(MANIFEST, **changes).fingerprint == first, changes
    other: list[dict[str, Any]] = [
        {"format": FORMAT + 1}, {"analysis": "x"}, {"passages": PassageSettings(title=False)},
        {"encoder": replace(SPEC, precision="int8")}, {"encoder": replace(SPEC, export="f" * 16)},
        {"files": {**MANIFEST.files, "b.bin": (12, "e" * 64)}},
    ]  # fmt: skip
    fingerprints = {replace(MANIFEST, **changes).fingerprint for changes in other}
    assert len(fingerprints | {first}) == len(other) + 1


def test_an_index_that_fits_is_taken() -> None:
    check_fit(MANIFEST, Path("index"), "toy", PassageSettings())


def test_an_index_that_does_not_fit_is_refused_with_both_values() -> None:
    remedy = r"build it again, or ask with the settings it was made with\.$"
    fault = rf"^The index i was built with the model toy, but big is asked for: {remedy}"
    with pytest.raises(IndexMismatch, match=fault) as caught:
        check_fit(MANIFEST, Path("i"), "big", PassageSettings())
    assert caught.value.remedies == (BuildIndex(Path("i"), CORPUS, rebuild=True, model="big"),)
    fault = "the passage settings max_pieces=200, title=true, but max_pieces=99, title=false is asked for: "
    with pytest.raises(IndexMismatch, match=fault):
        check_fit(MANIFEST, Path("i"), "toy", PassageSettings(99, title=False))
