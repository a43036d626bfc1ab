"""HTTP answers as Discord gives them: JSON under the bare type application/json, which discord.py compares exactly."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web


def json_answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    kind = {"Content-Type": "application/json"}
    return web.Response(body=json.dumps(data).encode(), status=status, headers={**(headers or {}), **kind})


def nothing() -> web.Response:
    """204"""
    return web.Response(status=204)
