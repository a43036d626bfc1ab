"""`quoth serve`."""

from __future__ import annotations

import asyncio
import webbrowser
from dataclasses import dataclass
from threading import Thread

from bot import logs
from bot.settings import Settings
from bot.streams import notice
from retrieval.extras import require

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Options of `quoth serve`."""

    open_page: bool = False
    verbose: bool = False


def run(options: ServeOptions, settings: Settings) -> int:
    """Serve until it is stopped; 0 at the end. Raises KeyboardInterrupt before it answers."""
    require("serve", "`quoth serve`")
    from bot.http import launch

    token = launch.read_token(settings)
    logs.set_up(token, as_json=settings.monitoring.log_format == "json")

    def ready(url: str) -> None:
        notice(f"quoth answers at {url}{_others(settings.serve.host)} until you stop it with Ctrl-C.")
        if options.open_page:
            Thread(target=_open, args=(url,), daemon=True).start()  # a browser may keep whoever opens it waiting

    asyncio.run(launch.run(settings, token=token, verbose=options.verbose, ready=ready))
    return 0


def _others(host: str) -> str:
    """Return from where else it answers than from this machine."""
    return f" and at every address of this machine ({host})" if host in EVERY_ADDRESS else ""


def _open(url: str) -> None:
    if not webbrowser.open(url):
        notice(f"No browser could be opened: open {url} yourself.")
