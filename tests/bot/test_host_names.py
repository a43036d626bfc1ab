"""Which hosts are this machine; the names that the server admits are in its guard's tests."""

from __future__ import annotations

import pytest

from bot.host_names import is_loopback


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.1", False),
        ("quoth.example", False),
        ("", False),
    ],
)
def test_only_loopback_addresses_are_this_machines_own(host: str, local: bool) -> None:
    assert is_loopback(host) == local
