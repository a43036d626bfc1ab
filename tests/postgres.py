"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket that only this machine has."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from bot.chat_log.address import ServerAddress

OWNER = "quoth"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "jit": "off",
}


def programs() -> Path | None:
    """The folder of the newest server's programs; None where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = [*debian[-1:], *([Path(on_path)] if (on_path := shutil.which("initdb")) else [])]
    return found[0].parent if found else None


class Cluster:
    """A server that runs, and its databases."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self._programs = folder, programs
        self._numbers = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        command = [str(part) for part in (self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *options], stdout=log, stderr=log, cwd=self.folder, **as_owner()
            )
        ready = [str(self._programs / "pg_isready"), "-h", str(self.folder), "-q"]
        for _ in range(600):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            assert self._process.poll() is None, (self.folder / "log").read_text()
        raise AssertionError("the server does not start")

    def stop(self) -> None:
        """End the server, and all connections with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def database(self, options: str = "") -> str:
        """The address of a new, empty database."""
        name = f"chat{next(self._numbers)}"
        with self.connected("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} {options}".encode())
        return self.address(name)

    def address(self, name: str, user: str = OWNER) -> str:
        """The address of a database."""
        return f"postgresql://{user}@/{name}?host={quote(str(self.folder), safe='')}"

    @contextmanager
    def connected(self, name: str) -> Iterator[psycopg.Connection]:
        """A connection of its own to a database, each statement of which counts at once."""
        with psycopg.connect(host=str(self.folder), user=OWNER, dbname=name, autocommit=True) as connection:
            yield connection


def as_owner() -> dict[str, Any]:
    """Whom the server runs as: it refuses to run as the superuser."""
    return {"user": _owner().pw_uid, "group": _owner().pw_gid} if os.geteuid() == 0 else {}


def _owner() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


@contextmanager
def running(programs: Path) -> Iterator[Cluster]:
    """Make a server, and remove it in the end."""
    folder = Path(tempfile.mkdtemp(prefix="quoth-postgres-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, _owner().pw_uid, _owner().pw_gid)
        making = ["-A", "trust", "-U", OWNER, "--no-sync", "--no-instructions", "--locale=C", "-E", "UTF8"]
        command = [str(programs / "initdb"), "-D", str(folder / "data"), *making]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **as_owner())
        cluster = Cluster(folder, programs)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def name_of(address: str) -> str:
    """The name of the database at an address."""
    return dict(ServerAddress.parse(address).options)["dbname"]
