"""`quoth mcp`."""

from __future__ import annotations

import asyncio

from bot import logs
from bot.interrupts import leave_when_interrupted
from bot.settings import Settings
from retrieval.extras import require


def run(settings: Settings) -> int:
    """Serve the tools on standard input and output until the input ends; 0 at the end."""
    require("mcp", "`quoth mcp`")
    from bot.mcp_server import launch

    logs.set_up("", as_json=settings.monitoring.log_format == "json")
    leave_when_interrupted()
    asyncio.run(launch.run(settings))
    return 0
