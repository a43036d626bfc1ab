"""Processes of our own: they import nothing from where the user stands, and end with the process that started them.

A child is this file, run by its path: `python -P child.py PARENT HERE FOLLOWS MODULE ARGUMENTS...` imports the module
and calls its `main(arguments)`. Its standard input is a pipe that its parent holds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_SIGNAL_AT_PARENTS_END = 1  # PR_SET_PDEATHSIG of Linux' prctl


def command(module: str, *arguments: str, follows: bool = False) -> list[str]:
    """Return the command line that calls `main(arguments)` of a module of this package in a process of its own.

    One that `follows` leaves its standard input alone, and is ended when that ends.
    """
    file, parent = str(Path(__file__).resolve()), str(os.getpid())
    return [sys.executable, "-P", file, parent, _here(), "follows" if follows else "reads", module, *arguments]


def environment() -> dict[str, str]:
    """Return the environment for a child: its PYTHONPATH does not lead to where the user stands.

    Relative entries are left out, as `quoth` itself leaves them out of its own path.
    """
    here = _here()
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    elsewhere = [entry for entry in entries if os.path.isabs(entry) and os.path.realpath(entry) != here]
    others = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {
        **others,
        "PYTHONSAFEPATH": "1",
        **({"PYTHONPATH": os.pathsep.join(elsewhere)} if elsewhere else {}),
    }


def run(module: str, *arguments: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a module to its end, with these variables added to the environment; it is killed when this is interrupted."""
    reading, writing = os.pipe()  # never written to: the child takes its end for that of this process
    try:
        return subprocess.run(
            command(module, *arguments, follows=True),
            stdin=reading,
            capture_output=True,
            text=True,
            errors="replace",
            env={**environment(), **variables},
            cwd=away(),
            check=False,
        )
    finally:
        os.close(reading)
        os.close(writing)


def start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a module that reads its standard input and replies on its standard output; raises OSError."""
    return subprocess.Popen(
        command(module, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        cwd=away(),
    )


def away() -> str:
    """Return a working directory in which nobody keeps articles: the root of the file system."""
    return Path(__file__).resolve().anchor


def _here() -> str:
    """Return the working directory without links; "" where it is gone."""
    try:
        return os.path.realpath(os.getcwd())
    except OSError:
        return ""


def _main(parent: str, here: str, follows: str, module: str, *arguments: str) -> int:
    """Do what the child does: leave `here` off the path, be killed with the parent, and run the module."""
    sys.path[:] = [part for part in sys.path if part and os.path.realpath(part) != here]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent as well, which ends this process
    _die_with(int(parent))
    if follows == "follows":
        threading.Thread(target=_follow_input, daemon=True).start()
    _load_package()
    status: int = import_module(module).main(list(arguments))
    return status


def _die_with(parent: int) -> None:
    """Have the system kill this process when its parent ends, however that comes about and whatever it is doing."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(_SIGNAL_AT_PARENTS_END, int(signal.SIGKILL))
    if os.getppid() != parent:  # it ended before this was asked for
        os._exit(1)


def _follow_input() -> None:
    """End this process when its standard input ends: where the system cannot be asked to, that is how it is told."""
    while os.read(0, 4096):
        pass
    os._exit(1)


def _load_package() -> None:
    """Load this package from where this file lies: its folder may be where the user stands, a checkout."""
    folder = Path(__file__).resolve().parent
    spec = spec_from_file_location(folder.name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None
    assert spec.loader is not None
    sys.modules[folder.name] = package = module_from_spec(spec)
    spec.loader.exec_module(package)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
