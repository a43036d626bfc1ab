"""The examples in the docstrings of what quoth promises to keep for Python, each run as it stands."""

from __future__ import annotations

import doctest
import inspect
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import retrieval
from retrieval import AnswerSettings, Engine, build, verify
from retrieval.errors import InputInvalid
from tests.conftest import MODEL_CACHE
from tests.toy import write_corpus

STABLE: tuple[Callable[..., object], ...] = (build, Engine.open, Engine.ask, Engine.search, verify)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the six articles of the toy corpus, and their index beside it."""
    folder = tmp_path_factory.mktemp("api")
    build(write_corpus(folder / "articles"), folder / "index", cache=MODEL_CACHE)
    return folder


@pytest.fixture
def names(articles: Path, tmp_path: Path) -> dict[str, Any]:
    """What the examples know: a corpus, its index, and the engine over it."""
    shutil.copytree(articles, tmp_path / "own")
    index = tmp_path / "own" / "index"
    return {
        "AnswerSettings": AnswerSettings,
        "Engine": Engine,
        "build": build,
        "verify": verify,
        "corpus": articles / "articles",
        "index": index,
        "engine": Engine.open(index),
    }


@pytest.mark.parametrize(
    "documented", [retrieval, *STABLE], ids=lambda item: getattr(item, "__qualname__", item.__name__)
)
def test_its_example_runs(documented: Any, names: dict[str, Any]) -> None:
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.FAIL_FAST)
    example = parser.get_doctest(inspect.getdoc(documented) or "", names, documented.__name__, None, 0)
    assert example.examples
    report: list[str] = []
    runner.run(example, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


@pytest.mark.parametrize("stable", STABLE)
def test_it_is_typed(stable: Callable[..., object]) -> None:
    hints = get_type_hints(stable, vars(inspect.getmodule(stable)))
    parameters = set(inspect.signature(stable).parameters) - {"self"}
    assert parameters <= hints.keys()
    assert "return" in hints


def test_a_text_is_looked_up_in_the_article_that_is_named(names: dict[str, Any]) -> None:
    engine = names["engine"]
    text = "The oldest clock was built by a monk in 1540."
    assert not verify(engine, text, article="clock-museum").is_elsewhere
    assert verify(engine, text, article="storm").is_elsewhere
    with pytest.raises(InputInvalid, match="The article 'none' is not in the corpus"):
        verify(engine, text, article="none")


def test_nothing_else_is_exported() -> None:
    assert set(retrieval.__all__) == {"AnswerSettings", "Engine", "build", "verify"}
    with pytest.raises(AttributeError, match="no attribute 'rebuild'"):
        _ = retrieval.rebuild
