"""A git repository as a source: fetched by `git`, and read without a checkout.

A checkout would follow links, run filters and fetch submodules as the repository says. Its files are taken out of the
object store instead: regular ones alone. Nobody's configuration, hooks, credentials or prompts count.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from yarl import URL

from bot.formats.visible import short
from bot.source_record import Source
from bot.sources.addresses import is_public
from bot.sources.bodies import MEGABYTE
from bot.sources.commits import Blob, blobs_of, defaults_of
from bot.sources.faults import SourceFault
from bot.sources.folders import check_limits
from bot.sources.mirror import Mirror
from bot.sources.ownership import check_no_link, own, remove
from bot.sources.state import State
from retrieval.articles.folder_defaults import FILE

REPOSITORIES = ".repositories"
"""The folder of all repositories, below that of all that was fetched."""
SECONDS = 900
_HEAD = "refs/quoth/head"
_MOST_LISTED = 50 * MEGABYTE
"""Bytes that the names of all files of a commit have: a small repository can list more than there is memory for."""
_MOST_SAID = MEGABYTE
_PASSED_ON = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "TMPDIR")
_MOST_FAILURES = 3
"""Failures in a row after which a repository is fetched anew, as it may be damaged."""
_PART = 65_536
_LOOK_EVERY = 0.5
"""Seconds between two looks at how large a repository has grown."""


class Repository:
    """A source's repository, below the folder of all that was fetched."""

    def __init__(self, source: Source, root: Path, seconds: float = SECONDS) -> None:
        self._source, self._folder = source, repository_folder(root, source.name)
        self._seconds = seconds
        self._most = 2 * source.megabytes * MEGABYTE
        """Bytes of the repository itself, which has all files and not only those that quoth reads."""

    async def fetch(self, folder: Path, state: State) -> tuple[State, int, Sequence[str]]:
        """Bring a folder up to date; return the record, how many files changed, and notes. Raises SourceFault, OSError.

        A commit is recorded only once all of its files are there.
        """
        if shutil.which("git") is None:
            raise SourceFault("needs the command git: install it, as with `apt-get install git`")
        pinned = await self._pinned()
        await self._prepare(anew=state.failures >= _MOST_FAILURES)
        reference = self._source.branch or "HEAD"
        await self._git(
            *pinned, "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--force",
            "--", self._source.address, f"+{reference}:{_HEAD}",
        )  # fmt: skip
        commit = (await self._git("rev-parse", "--verify", f"{_HEAD}^{{commit}}")).decode().strip()
        if commit == state.commit and (folder / FILE).is_file() and not state.is_of_another(self._source):
            return state, 0, state.notes
        changed, count, notes = await self._unpack(commit, folder)
        await self._git("gc", "--quiet", "--prune=now")
        return replace(state, commit=commit, files=count), changed, notes

    async def _prepare(self, *, anew: bool) -> None:
        """Have a repository to fetch into; a git that was killed may have left one that is locked, or damaged."""
        check_no_link(self._folder.parent)
        own(self._folder)
        if anew or not (self._folder / "HEAD").is_file():
            remove(self._folder)
            own(self._folder)
            await self._git("init", "--quiet", "--bare", "--template=", str(self._folder))
        for lock in self._folder.rglob("*.lock"):
            lock.unlink(missing_ok=True)

    async def _unpack(self, commit: str, folder: Path) -> tuple[int, int, Sequence[str]]:
        listed = await self._git("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        blobs, links = blobs_of(listed, self._source.below.strip("/"))
        if not any(PurePosixPath(blob.path).name != FILE for blob in blobs):
            below = f" below {self._source.below}" if self._source.below else ""
            raise SourceFault(f"has no file{below} that quoth reads, so what was fetched before is kept")
        check_limits(self._source, len(blobs), sum(blob.size for blob in blobs))
        mirror, problem = await asyncio.to_thread(self._write, blobs, commit, folder)
        left_out = f"{links:,} links and submodules are left out" if links else ""
        notes = [note for note in (left_out, *mirror.notes, problem) if note]
        return mirror.changed, len(blobs) - len(mirror.unfit), notes

    def _write(self, blobs: Sequence[Blob], commit: str, folder: Path) -> tuple[Mirror, str]:
        """Write a commit's files, on a thread of its own; return what is wrong with its defaults too, "" if nothing."""
        mirror, own = Mirror(folder), b""
        process = subprocess.Popen(
            self._command("cat-file", "--batch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment(),
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            for blob in blobs:
                process.stdin.write(f"{blob.object}\n".encode("ascii"))
                process.stdin.flush()
                header = process.stdout.readline().split()
                data = process.stdout.read(blob.size + 1)[:-1]
                if len(header) != 3 or int(header[2]) != blob.size or len(data) != blob.size:
                    process.kill()
                    raise SourceFault(f"has a damaged object ({blob.path!r})")
                if blob.path == FILE:
                    own = data
                else:
                    mirror.put(blob.path, partial(_write_bytes, data))
            process.stdin.close()
        if len(mirror.unfit) == len([blob for blob in blobs if blob.path != FILE]):
            raise SourceFault(f"has no file whose name can be kept ({short(blobs[0].path, 60)})")
        defaults, problem = defaults_of(self._source, commit, own)
        mirror.put(FILE, partial(_write_bytes, defaults))
        mirror.finish()
        return mirror, problem

    async def _pinned(self) -> Sequence[str]:
        """Return the options that have git connect to the addresses that were checked here; raises SourceFault."""
        url = URL(self._source.address)
        host, port = url.host or "", url.port or 443
        try:
            known = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise SourceFault(f"cannot be reached ({error.strerror or error})") from None
        addresses = list(dict.fromkeys(str(info[4][0]) for info in known))
        private = [address for address in addresses if not is_public(address)]
        if private and not self._source.allow_private:
            raise SourceFault(
                f"has an address within a private network ({private[0]}): set allow_private = true for the source if "
                "you mean it"
            )
        joined = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
        return "-c", f"http.curloptResolve={host}:{port}:{joined}"

    async def _git(self, *arguments: str) -> bytes:
        """Run git and return its output; raises SourceFault where it fails, takes too long or fetches too much."""
        process = await asyncio.create_subprocess_exec(
            *self._command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,
        )
        watching = asyncio.create_task(self._watch_size(partial(_kill_group, process.pid)))
        try:
            async with asyncio.timeout(self._seconds):
                assert process.stdout is not None
                assert process.stderr is not None
                output, errors = await asyncio.gather(
                    _bounded(process.stdout, _MOST_LISTED, "has more files than can be listed"),
                    _bounded(process.stderr, _MOST_SAID, "sends more messages than are read"),
                )
                await process.wait()
        except TimeoutError:
            raise SourceFault(f"takes longer than {self._seconds / 60:g} minutes") from None
        finally:
            if process.returncode is None:
                _kill_group(process.pid)
                await process.wait()
            watching.cancel()
        if await asyncio.to_thread(_size, self._folder) > self._most:
            remove(self._folder)
            raise SourceFault(f"is larger than twice what `megabytes` allows, {self._source.megabytes:,}")
        if process.returncode:
            raise SourceFault(f"cannot be fetched ({_reason(errors)})")
        return output

    async def _watch_size(self, stop: Callable[[], None]) -> None:
        """Stop what fetches more than there may be."""
        while await asyncio.to_thread(_size, self._folder) <= self._most:
            await asyncio.sleep(_LOOK_EVERY)
        stop()

    def _command(self, *arguments: str) -> Sequence[str]:
        switched_off = {
            "core.hooksPath": os.devnull,
            "core.fsmonitor": "false",
            "credential.helper": "",
            "fetch.recurseSubmodules": "false",
            "gc.auto": "0",
            "http.followRedirects": "false",
            "http.lowSpeedLimit": "1000",
            "http.lowSpeedTime": "60",
            "http.proxy": "",
            "maintenance.auto": "false",
            "protocol.allow": "never",
            "protocol.http.allow": "always",
            "protocol.https.allow": "always",
            "transfer.bundleURI": "false",
        }
        options = [part for name, value in switched_off.items() for part in ("-c", f"{name}={value}")]
        return ["git", f"--git-dir={self._folder}", *options, *arguments]

    def _environment(self) -> Mapping[str, str]:
        own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {
            **own,
            "GIT_ALLOW_PROTOCOL": "http:https",
            "GIT_ASKPASS": "false",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "HOME": os.devnull,
            "LC_ALL": "C",
        }


def repository_folder(root: Path, name: str) -> Path:
    """Return where the repository of a source lies below the folder of all that was fetched."""
    return root / REPOSITORIES / f"{name}.git"


def _write_bytes(data: bytes, file: Path) -> None:
    file.write_bytes(data)


async def _bounded(stream: asyncio.StreamReader, most: int, fault: str) -> bytes:
    """Return all that a process writes; raises SourceFault as soon as that is too much."""
    output = bytearray()
    while part := await stream.read(_PART):
        output += part
        if len(output) > most:
            raise SourceFault(fault)
    return bytes(output)


def _kill_group(process: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process, 9)


def _size(folder: Path) -> int:
    """Return how many bytes the files below a folder have; those that vanish meanwhile count nothing."""
    total = 0
    for above, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(above, name)).st_size
            except OSError:
                continue
    return total


def _reason(errors: bytes) -> str:
    """Return the line of git's that says why it failed."""
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    reason = (fatal or lines or ["git says nothing"])[-1]
    return " ".join(reason.removeprefix("fatal:").split())[:200].rstrip(". ")
