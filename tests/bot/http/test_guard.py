"""Who is let in, and what every reply carries."""

from __future__ import annotations

import base64

import pytest

from bot.http.access import Access
from bot.http.guard import HEADERS
from bot.http.rate import MOST_CLIENTS, RateLimit
from tests.bot.http.conftest import QUESTION, Serving

TOKEN = "a-token-of-thirty-two-characters"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8765", "127.0.0.1:8765", "[::1]:8765", "192.168.3.4", "Quoth.Example"]
)  # fmt: skip
def test_the_servers_own_names_are_admitted(host: str) -> None:
    assert Access(hosts=frozenset({"quoth.example"})).admits_host(host)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "[::1", "a b"]
)
def test_other_names_are_refused(host: str) -> None:
    assert not Access(hosts=frozenset({"quoth.example"})).admits_host(host)


def test_a_name_that_was_pointed_here_reads_nothing(serving: Serving) -> None:
    refused = serving(url="http://evil.example").post("/ask", json={"question": QUESTION})
    assert refused.status_code == 421
    assert refused.json()["detail"] == (
        "This server does not go by the name 'evil.example': use its address, or have the name added to its setting "
        "hosts."
    )
    assert serving(url="http://quoth.example", hosts=("quoth.example",)).get("/status").status_code == 200


def basic(password: str) -> str:
    """The header by which a browser sends a password."""
    return f"Basic {base64.b64encode(f'me:{password}'.encode()).decode()}"


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN} ", basic(TOKEN)])
def test_the_token_lets_in(serving: Serving, header: str) -> None:
    assert serving(token=TOKEN).get("/status", headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", f"Bearer {TOKEN}x", "Bearer é", f"Basic {TOKEN}", basic(TOKEN[:-1]), f"Digest {TOKEN}"]
)
@pytest.mark.parametrize("address", ["/", "/status", "/style.css", "/openapi.json", "/nowhere"])
def test_nothing_is_there_without_the_token(serving: Serving, header: str, address: str) -> None:
    refused = serving(token=TOKEN).get(address, headers=[(b"authorization", header.encode())])
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="quoth"'
    assert TOKEN not in refused.text


def test_a_browser_asks_for_the_token(serving: Serving) -> None:
    refused = serving(token=TOKEN).get("/", headers={"Accept": "text/html"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Basic realm="quoth"')
    assert "The token is missing or wrong" in refused.text


def test_every_reply_has_the_headers_that_keep_browsers_safe(serving: Serving) -> None:
    client = serving(token=TOKEN)
    known = {"Authorization": f"Bearer {TOKEN}"}
    replies = [
        client.get("/status", headers=known),
        client.get("/", headers={**known, "Accept": "text/html"}),
        client.get("/nowhere", headers=known),
        client.get("/status"),
        client.get("/style.css", headers=known),
    ]
    for reply in replies:
        assert {name: reply.headers[name] for name in HEADERS if name != "Cache-Control"} == {
            name: value for name, value in HEADERS.items() if name != "Cache-Control"
        }
        assert not [name for name in reply.headers if name.startswith("access-control")]
    assert [reply.headers["cache-control"] for reply in replies] == ["no-store"] * 4 + ["max-age=3600"]


def test_a_client_that_asks_too_often_waits(serving: Serving) -> None:
    client = serving(rate=2)
    assert [client.get("/status").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/status")
    assert refused.json()["detail"] == "You ask too often: ask again in 30 s."
    assert refused.headers["retry-after"] == "30"


def test_each_client_has_a_minutes_requests_and_they_come_back() -> None:
    now = [0.0]
    limit = RateLimit(60, lambda: now[0])
    assert [limit.wait("192.0.2.1") for _ in range(60)] == [0.0] * 60
    assert limit.wait("192.0.2.1") == 1.0
    assert limit.wait("192.0.2.2") == 0.0
    now[0] = 1.0
    assert (limit.wait("192.0.2.1"), limit.wait("192.0.2.1")) == (0.0, 1.0)
    now[0] = 1000.0
    assert [limit.wait("192.0.2.1") for _ in range(61)] == [0.0] * 60 + [1.0]


def test_a_network_of_ipv6_is_one_client() -> None:
    limit = RateLimit(1, lambda: 0.0)
    assert limit.wait("2001:db8::1") == 0.0
    assert limit.wait("2001:db8::ffff") > 0
    assert limit.wait("2001:db8:1::1") == 0.0
    assert limit.wait("192.0.2.1") == 0.0
    assert limit.wait("::ffff:192.0.2.1") > 0


def test_clients_that_are_long_gone_are_forgotten() -> None:
    limit = RateLimit(1, lambda: 0.0)
    for number in range(MOST_CLIENTS + 10):
        limit.wait(f"client {number}")
    assert limit.wait("client 0") == 0.0
    assert limit.wait(f"client {MOST_CLIENTS + 9}") > 0


def test_no_limit_is_no_limit() -> None:
    limit = RateLimit(0)
    assert {limit.wait("192.0.2.1") for _ in range(1000)} == {0.0}
