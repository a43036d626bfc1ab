"""Peers that search passages given with their vectors, as each documents it: by words, by vectors, or by both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from retrieval.encoding.encoder import Floats

COUNT = 100
Search = Callable[[str, Floats], object]


def bm25(texts: Sequence[str], vectors: Floats, folder: Path) -> Search:
    """Search by words with bm25s."""
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)

    def search(text: str, vector: Floats) -> object:
        tokens = bm25s.tokenize(text, stopwords="en", stemmer=stemmer, show_progress=False)
        return index.retrieve(tokens, k=COUNT, show_progress=False)

    return search


def faiss_flat(texts: Sequence[str], vectors: Floats, folder: Path) -> Search:
    """Search by all vectors with FAISS."""
    import faiss

    index: Any = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return lambda text, vector: index.search(vector.reshape(1, -1), COUNT)


def milvus_lite(texts: Sequence[str], vectors: Floats, folder: Path) -> Search:
    """Search by vectors with Milvus Lite."""
    from pymilvus import MilvusClient

    client = MilvusClient(str(folder / "passages.db"))
    client.create_collection("passages", dimension=vectors.shape[1], metric_type="IP")
    for begin in range(0, len(vectors), 1000):
        part = vectors[begin : begin + 1000].tolist()
        client.insert("passages", [{"id": begin + row, "vector": vector} for row, vector in enumerate(part)])
    return lambda text, vector: client.search("passages", data=[vector.tolist()], limit=COUNT)


def txtai_hybrid(texts: Sequence[str], vectors: Floats, folder: Path) -> Search:
    """Search by both with txtai, which is given the vectors."""
    from txtai import Embeddings

    rows = {text: row for row, text in enumerate(texts)}
    asked = dict[str, Floats]()

    def transform(inputs: Sequence[str]) -> Any:
        return [asked[text] if text in asked else vectors[rows[text]] for text in inputs]

    embeddings = Embeddings(method="external", transform=transform, hybrid=True, content=False)
    embeddings.index([(row, text, None) for row, text in enumerate(texts)])

    def search(text: str, vector: Floats) -> object:
        asked[text] = vector
        return embeddings.search(text, COUNT)

    return search


PEERS: dict[str, Callable[[Sequence[str], Floats, Path], Search]] = {
    "bm25s": bm25,
    "FAISS, flat": faiss_flat,
    "Milvus Lite": milvus_lite,
    "txtai, hybrid": txtai_hybrid,
}
