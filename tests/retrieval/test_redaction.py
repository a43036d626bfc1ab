"""What looks like a Discord token is hidden; what does not stays as it is."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import InputInvalid, SettingInvalid
from retrieval.redaction import HIDDEN, hide_tokens, holds_token, public_address

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# Put together here, so that no scanner of secrets takes the file for one.
TOKEN = ".".join(("MTIzNDU2Nzg5MDEyMzQ1Njc4", "GaBcDe", "abcdefghijklmnopqrstuvwxyz0123456789-_"))


def parts(least: int, most: int) -> st.SearchStrategy[str]:
    """A part of a token."""
    return st.text(BASE64, min_size=least, max_size=most)


TOKENS = st.one_of(
    st.tuples(parts(24, 28), parts(6, 6), parts(27, 40)).map(".".join),
    parts(20, 90).map("mfa.{}".format),
)


@given(token=TOKENS, before=st.text(), after=st.text())
def test_no_text_around_a_token_keeps_it_from_being_hidden(token: str, before: str, after: str) -> None:
    text = f"{before} {token} {after}"
    assert holds_token(text)
    assert token not in hide_tokens(text)


@given(token=TOKENS, around=st.sampled_from(["Bot {}", "'{}'", "/home/me/{}/x", "token={}", "a.{}", "{}.json", "x{}"]))
def test_a_token_within_something_is_hidden(token: str, around: str) -> None:
    assert token not in hide_tokens(around.format(token))
    assert HIDDEN in hide_tokens(around.format(token))


@settings(deadline=None)
@given(
    user=st.integers(10**16, 10**20 - 1),
    time=parts(6, 6),
    signature=st.one_of(parts(27, 27), parts(38, 38)),
    sep=st.sampled_from(["/", "\n", "\r\n", "\n    ", "\\n", "\\u200b", "\u200b", "\u2028", "/\n"]),
    places=st.lists(st.integers(1, 70), min_size=1, max_size=3, unique=True),
    around=st.sampled_from(["{}", "x{}", "notes/{}.md", "[{}]"]),
)
def test_a_token_that_is_broken_is_hidden_whole(
    user: int, time: str, signature: str, sep: str, places: list[int], around: str
) -> None:
    token = ".".join((urlsafe_b64encode(str(user).encode()).decode().rstrip("="), time, signature))
    cut = [0, *(place for place in sorted(places) if place < len(token)), len(token)]
    broken = sep.join(token[start:end] for start, end in pairwise(cut))
    assert hide_tokens(around.format(broken)) == around.format(HIDDEN)
    assert holds_token(broken)


@pytest.mark.parametrize(
    "text",
    [
        "", "quoth.toml", "/home/me/notes.d/2024.01.31/articles.index", "sentence-transformers/all-MiniLM-L6-v2",
        "albania-letter@3161f458d70e#961-1019", "https://discord.com/api/v10", "1.2.3", "a" * 100_000, "mfa.md",
        "three.words.here", "https://www.some-quite-long-name-of-a-host.example.org/path",
        "/home/me/my-own-articles/of-the.letter.from-the-ministry-of/foreign-affairs-in-1999",
        "MTIzNDU2Nzg5MDEyMzQ1Njc4.md", "https://example.org/@bridge/2016?p=12&page=3#key-dates",
        "https://example.org/letter@3161f458d70e#961-1019", "https://example.org:8080/letter@3161f458d70e#961-1019",
        "https://example.org/?keyword=bridge&design=a&author=b", "write to ann@example.org: today", "hf_model",
        "https://example.org:" * 9_000, "?a" * 50_000, ":/" * 50_000, ":/a:b" * 20_000,
    ],
)  # fmt: skip
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert hide_tokens(text) == text
    assert not holds_token(text)


SECRET = "Hunter2-pass"


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("https://user:{}@host/model", "https://[token]@host/model"),
        ("https://{}@host/model", "https://[token]@host/model"),
        ("https:/user:{}@host/model", "https:/[token]@host/model"),
        ("/home/me/https:/user:{}@host/model", "/home/me/https:/[token]@host/model"),
        ("https://user:a/{}@host/model", "https://[token]@host/model"),
        ("https://user:a@{}@host/model", "https://[token]@host/model"),
        ("https://user:a?{}#b@host/model", "https://[token]@host/model"),
        ("postgres+ssl://user:{}@host:12/x", "postgres+ssl://[token]@host:12/x"),
        ("https://host/model?token={}", "https://host/model?token=[token]"),
        ("https://host/model?a=b&access_token={}&c=d", "https://host/model?a=b&access_token=[token]&c=d"),
        ("https://host/model#id_token={}", "https://host/model#id_token=[token]"),
        ("owner/model?X-Amz-Signature={}", "owner/model?X-Amz-Signature=[token]"),
        ("https://host/model?apikey={}", "https://host/model?apikey=[token]"),
        ("https://host/model?API-KEY={}", "https://host/model?API-KEY=[token]"),
        ("https://host/model?sv=2&sig={}", "https://host/model?sv=2&sig=[token]"),
        ("https://host/model?password={}", "https://host/model?password=[token]"),
        ("https://host/model%3Ftoken%3D{}", "https://host/model%3Ftoken%3D[token]"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "The model '{}' is gone.", "See ({})", '{{"name": "{}"}}'])
def test_the_secret_parts_of_an_address_are_hidden(address: str, hidden: str, around: str) -> None:
    shown = hide_tokens(around.format(address.format(SECRET)))
    assert SECRET not in shown
    if not around.endswith(")"):
        assert shown == around.format(hidden)


@pytest.mark.parametrize("key", ["hf_", "ghp_", "github_pat_"])
def test_keys_of_hubs_are_hidden(key: str) -> None:
    assert hide_tokens(f"The model '{key}{'aB3' * 12}' is") == f"The model '{HIDDEN}' is"


def test_no_error_tells_a_token() -> None:
    for error in (
        InputInvalid(f"The file {TOKEN}", f"is no file ({TOKEN})", f"not {TOKEN}"),
        SettingInvalid(TOKEN, f"not {TOKEN}", f"the file {TOKEN}", ["x" * 60, TOKEN]),
    ):
        assert "GaBcDe" not in f"{error} {error!r}"


def test_a_value_is_cut_only_after_tokens_were_hidden() -> None:
    told = str(SettingInvalid("model.name", "a text", "x", "y" * 30 + " " + TOKEN))
    assert "MTIz" not in told
    assert len(str(SettingInvalid("model.name", "a text", "x", "y" * 10_000))) < 200
    assert "(too long to print)" in str(SettingInvalid("answer.top", "a number", "x", 16**5000))


@pytest.mark.parametrize("address", ["https://ann:pass-word@a.example/x", "https://a.example/?token=hunter2secret"])
def test_an_address_with_a_secret_is_no_link(address: str) -> None:
    assert public_address(address) is None
    assert public_address("https://a.example/x?page=2#top") == "https://a.example/x?page=2#top"
    assert public_address(None) is None
