"""Runs commands of quoth where what only Unix has is missing: `python -m tests.other_platform < COMMANDS`.

Libraries know their platforms, so that they are imported first, as they are here. Then each module of quoth is imported
anew, without the modules and functions that Windows lacks, over a system that opens no folder and links no file. Each
command's arguments come as a line of JSON on standard input; out go its status and output.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import pkgutil
import signal
import stat
import sys
import traceback
from collections.abc import Iterable
from types import ModuleType
from typing import Any

MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog")
OS = (
    *(
        "O_NONBLOCK",
        "O_NOFOLLOW",
        "O_DIRECTORY",
        "O_CLOEXEC",
        "fork",
        "forkpty",
        "getuid",
        "geteuid",
        "getgid",
        "chown",
    ),
    *("sysconf", "statvfs", "mkfifo", "killpg", "getpgid", "setsid", "fchmod", "fchown", "nice", "wait3", "wait4"),
    *("posix_spawn", "sched_getaffinity", "getloadavg", "uname", "set_blocking", "get_blocking"),
)
LIBRARIES = (
    *(
        "bm25s",
        "dateparser",
        "faiss",
        "filelock",
        "jinja2",
        "numpy",
        "onnxruntime",
        "platformdirs.unix",
        "prompt_toolkit",
    ),
    *("py3langid", "pypdf", "rapidfuzz.fuzz", "rich.console", "rich.progress", "sentencex", "tokenizers", "webbrowser"),
    *("prompt_toolkit.input.defaults", "prompt_toolkit.output.defaults", "typer.testing"),
)
"""What quoth imports only when it is needed."""
SIGNALS = ("SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGWINCH", "SIGTSTP")
FUNCTIONS = ("alarm", "setitimer", "pthread_sigmask", "sigwait")


def own_modules() -> list[str]:
    """Every module of quoth but those that are programs, and what trains, which needs torch."""
    names = []
    for package in map(importlib.import_module, ("retrieval", "bot")):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".training" not in module.name:
                names.append(module.name)
    return names


def lacking(module: ModuleType, names: Iterable[str]) -> ModuleType:
    """A copy of a module without some of its names."""
    copy = ModuleType(module.__name__)
    vars(copy).update({name: value for name, value in vars(module).items() if name not in set(names)})
    return copy


def other_os() -> ModuleType:
    """The module `os` of a system that has less, and opens no folder."""
    other = lacking(os, OS)

    def open_file(path: Any, flags: int, mode: int = 0o777, **options: Any) -> int:
        descriptor = os.open(path, flags, mode, **options)
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return descriptor

    def link(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOTSUP, "links are not supported")

    vars(other).update({"open": open_file, "link": link})
    return other


def main() -> int:
    """Import everything without what is missing, then run the commands."""
    names = own_modules()
    for library in LIBRARIES:
        importlib.import_module(library)
    modules = [importlib.import_module(name) for name in names]
    for name in [name for name in sys.modules if name.split(".")[0] in ("retrieval", "bot")]:
        del sys.modules[name]
    assert all(isinstance(module, ModuleType) for module in modules)
    sys.modules.update(dict.fromkeys(MODULES))  # type: ignore[arg-type]
    libraries = {"os": os, "signal": signal}
    sys.modules.update({"os": other_os(), "signal": lacking(signal, (*SIGNALS, *FUNCTIONS))})
    for name in names:
        importlib.import_module(name)
    sys.modules.update(libraries)
    from typer.testing import CliRunner

    from bot.main import app

    for line in sys.stdin:
        result = CliRunner().invoke(app, json.loads(line), prog_name="quoth")
        fault = "".join(traceback.format_exception(result.exception)) if result.exit_code == 1 else ""
        outcome = {"status": result.exit_code, "out": result.stdout, "err": result.stderr, "fault": fault}
        sys.stdout.write(json.dumps(outcome) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
