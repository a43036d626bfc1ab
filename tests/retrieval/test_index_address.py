"""Addresses of indexes on servers, which stand where the path of a folder may."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retrieval.index_address import AddressInvalid, IndexAddress, ServerAddress, address_of, index_at, is_address
from retrieval.paths import expanded, resolved

SERVER = "http://localhost:19530"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("milvus://localhost:19530/docs", ServerAddress(SERVER, "docs")),
        ("milvus://localhost/docs", ServerAddress(SERVER, "docs")),
        ("milvus://localhost/docs/", ServerAddress(SERVER, "docs")),
        ("milvus://localhost", ServerAddress(SERVER, "quoth")),
        ("milvus+tls://db.example.org:443/docs", ServerAddress("https://db.example.org:443", "docs")),
        ("milvus://[::1]:19530/docs", ServerAddress("http://[::1]:19530", "docs")),
        ("milvus:///srv/my index/quoth.db", ServerAddress("/srv/my index/quoth.db", "quoth")),
        ("milvus:///srv/quoth.db/docs", ServerAddress("/srv/quoth.db", "docs")),
    ],
)
def test_an_address_is_read_in_every_spelling_of_its_slashes(text: str, address: ServerAddress) -> None:
    for path in (Path(text), index_at(Path(text)), IndexAddress(text), resolved(Path(text)), expanded(Path(text))):
        assert is_address(path)
        assert address_of(path) == address
    assert len({Path(text), index_at(Path(text)), resolved(Path(text))}) == 1


@pytest.mark.parametrize(
    "text", ["milvus://localhost:19530/docs", "milvus+tls://h/x", "milvus:///srv/quoth.db", "milvus:///srv/q.db/docs"]
)
def test_an_address_reads_as_it_is_written(text: str) -> None:
    assert str(index_at(Path(text))) == text
    assert str(resolved(Path(text))) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("milvus://", "must be milvus://HOST"),
        ("milvus://host:99999/docs", "must be milvus://HOST"),
        ("milvus://host:port/docs", "must be milvus://HOST"),
        ("milvus://user:secret@host/docs", "must not hold a password"),
        ("milvus://host/a/b", "must end with a name"),
        ("milvus://host/1st", "must end with a name"),
        (f"milvus://host/{'a' * 101}", "must end with a name"),
        ("milvus://host/a__b", "must end with a name of at most 100 letters, digits and single _ that begins"),
        ("milvus:///srv/quoth.db/docs__index", "must end with a name"),
        ("milvus+tls:///srv/quoth.db", "must be milvus:// for a file"),
        ("Milvus://user:secret@host/docs", "must be milvus://HOST"),
        ("milvus+ssl://user:secret@host/docs", "must be milvus://HOST"),
        (" milvus://user:secret@host/docs", "must be milvus://HOST"),
        ("milvus:user:secret@host", "must be milvus://HOST"),
        ("https://user:secret@host/docs", "must be milvus://HOST"),
        ("postgresql://user:secret@host/docs", "must be milvus://HOST"),
        ("postgresql+psycopg://user:secret@host/docs", "must be milvus://HOST"),
        ("S3://bucket/docs", "must be milvus://HOST:19530/NAME, milvus:///FOLDER/FILE.db for Milvus Lite, or the path"),
        ("file:///srv/index", "must be milvus://HOST"),
        ("sqlite:///srv/index.db", "must be milvus://HOST"),
        ("rediss://user:secret@host", "must be milvus://HOST"),
    ],
)
def test_an_address_that_names_nothing_says_why(text: str, reason: str) -> None:
    with pytest.raises(AddressInvalid, match=f"^{reason}") as error:
        index_at(Path(text))
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("milvus://relative.db/docs", "must have three slashes"),
        ("milvus://folder/relative.db", "must have three slashes"),
        (r"milvus:\\folder\relative.db", "must have three slashes"),
        ("milvus:///srv/folder/docs", "must name a file that ends in .db"),
        ("milvus:///localhost/docs", "must name a file that ends in .db"),
        ("milvus:////srv/docs", "must name a file that ends in .db"),
        ("milvus://user:secret@x.db/docs", "must not hold a password"),
    ],
)
def test_an_address_that_is_typed_is_of_a_file_where_it_has_three_slashes(text: str, reason: str) -> None:
    with pytest.raises(AddressInvalid, match=f"^{re.escape(reason)}"):
        index_at(text)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("milvus:///quoth.db", "/quoth.db"),
        ("milvus:////srv/quoth.db/docs", "/srv/quoth.db"),
        ("milvus://C:/srv/quoth.db", "C:/srv/quoth.db"),
        ("milvus:///C:/srv/quoth.db", "C:/srv/quoth.db"),
        ("milvus:/srv/quoth.db", "/srv/quoth.db"),
        ("milvus://localhost/docs", SERVER),
    ],
)
def test_an_address_that_is_typed_and_right(text: str, uri: str) -> None:
    address = address_of(index_at(text))
    assert address is not None
    assert address.uri == uri


@pytest.mark.parametrize("text", ["milvus://", "MILVUS://h/x", "milvus+ssl://h/x", "https://h/x", "milvus://h/1st"])
def test_what_is_no_good_address_reads_as_it_is_written(text: str) -> None:
    for path in (IndexAddress(text), resolved(Path(text)), expanded(Path(text)), expanded(Path(text)).absolute()):
        assert str(path) == text


@pytest.mark.parametrize(
    "text", ["index", "/srv/milvus/index", "milvus", "./milvus:x", "milvus.db", "C:/index", "s3", "gs:x"]
)
def test_a_folder_is_no_address(text: str) -> None:
    assert not is_address(Path(text))
    assert index_at(Path(text)) == Path(text)
    assert address_of(Path(text)) is None


def test_what_lies_beside_an_address_leads_back_to_it() -> None:
    index = index_at(Path("milvus://localhost/docs"))
    folder = index / "generations" / "000012"
    assert str(folder) == "milvus://localhost/docs/generations/000012"
    assert folder.parent.parent == index
    assert isinstance(folder.parent.parent, IndexAddress)
    assert not folder.exists()
