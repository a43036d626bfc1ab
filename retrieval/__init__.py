"""The engine: articles in, cited verbatim quotes out.

Its rooms, from measuring answers down to reading files. The docstring of each says what it must not know:

    evaluation    measures the engine on questions whose answers are known
      gold        reads gold question sets: quoth's own JSONL, SQuAD, BEIR
      measures    turns runs into figures with their intervals, and two runs into a comparison
      coverage    finds what a corpus cannot answer
    cluster       has a build's reading and encoding done by the machines of a Ray cluster
    citations     leads from a citation, or any text, back to the words of the corpus
    answering     answers a question with quotes, and says how sure it is
    milvus        keeps an index on a server: uploads it, and opens and checks it there
    index         keeps the index on disk: builds, publishes, opens and checks it
    encoding      finds, prepares and runs the encoder
    articles      reads articles, and cuts them into what may be quoted and what is searched
      formats     reads documents, tables, notebooks, letters and exports
    training      trains the reader; asking never imports it

Beside them, `engine` opens an index for questions and `explain` shows why a quote was chosen; `indexes` and `builds`
open and build one wherever it lies. `records`, `settings` and `errors` cross every border.

From Python, `build`, `Engine.open`, `Engine.ask`, `Engine.search` and `verify` are what quoth promises to keep:

>>> from retrieval import Engine, build, verify
>>> report = build(corpus, index)
>>> engine = Engine.open(index)
>>> quote = engine.ask("Who winds the clocks?").quotes[0]
>>> quote.citation.article
'clock-museum'
>>> verify(engine, quote.text).verdict
'verbatim'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from retrieval.settings import AnswerSettings

if TYPE_CHECKING:
    from retrieval.api import build, verify
    from retrieval.engine import Engine

__all__ = ["AnswerSettings", "Engine", "build", "verify"]

_PLACES = {"Engine": "retrieval.engine", "build": "retrieval.api", "verify": "retrieval.api"}


def __getattr__(name: str) -> Any:
    # Loaded on first use: users of this package's errors and settings should not wait for numpy and FAISS.
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
