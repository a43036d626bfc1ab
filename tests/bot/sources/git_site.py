"""A git repository on loopback, as a source of articles: Git's own server behind a small web server."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

from aiohttp import web

from tests.bot.sources.site import Handler

IDENTITY = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


class Origin:
    """A repository, and what serves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, given: str | None = None) -> str:
        """Run git in the repository, with what is given as its input."""
        environment = {**os.environ, **IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            input=given,
        ).stdout.strip()

    def commit(self, **files: str | None) -> str:
        """Write files, `__` for `/` and `_md` for `.md`, remove those without text; return the commit's id."""
        for name, text in files.items():
            file = self.folder / name.replace("__", "/").replace("_md", ".md")
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=x")
        return self.git("rev-parse", "HEAD")

    def add_literally(self, path: str, text: str) -> None:
        """Commit a file besides those that are there, at a path that no disk need have."""
        blob = self.git("hash-object", "-w", "--stdin", given=text)
        self.git("update-index", "--index-info", given=f"100644 {blob}\t{path}\n")
        self.git("commit", "--quiet", "--message=x")

    def multiply(self, levels: int) -> None:
        """Commit ten times all there is in so many levels."""
        tree = self.git("rev-parse", "HEAD^{tree}")
        for _ in range(levels):
            lines = "".join(f"040000 tree {tree}\tf{number}\n" for number in range(10))
            tree = self.git("mktree", given=lines)
        self.git("reset", "--quiet", "--soft", self.git("commit-tree", "-m", "x", tree))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request as `git http-backend` does."""
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.folder.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        }
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate(await request.read())
        head, _, body = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return web.Response(status=int(headers.pop("Status", "200").split()[0]), body=body, headers=headers)

    def paths(self) -> dict[str, Handler]:
        """What of a site is the repository."""
        name = f"/{self.folder.name}"
        return dict.fromkeys((f"{name}/info/refs?service=git-upload-pack", f"{name}/git-upload-pack"), self.serve)
