"""Run every attack in its long form: `make attack`, or `python -m tests.attacks --only kills,disk --scale 0.01`.

Print a table and exit with status 1 if anything was lost. Attacks touch only temporary folders.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from tests.attacks.all import ATTACKS, Attack
from tests.attacks.rows import Interrupted, Row, on_stderr, show
from tests.attacks.surroundings import own_home

SEED = 8
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the attacks named; return 0 if nothing was lost, 1 if something was, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    rows = list[Row]()
    status = 0
    with own_home():
        try:
            for name in options.only:
                attack = ATTACKS[name]
                tries = max(1, round(attack.tries * options.scale))
                on_stderr(f"{name}: {tries:,} tries")
                rows.append(_run(name, attack, tries, options.seed))
        except Interrupted as stopped:
            rows.append(stopped.row)
            status = INTERRUPTED
        except KeyboardInterrupt:
            status = INTERRUPTED
        show(rows)
    return status or int(any(row.losses for row in rows))


def _run(name: str, attack: Attack, tries: int, seed: int) -> Row:
    """Run an attack; one that cannot begin counts as a loss and does not stop the others."""
    try:
        return attack.run(tries, seed, on_stderr)
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the table has it
        return Row(name, 0, 1, f"it could not begin: {type(error).__name__}: {error}", 0.0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description="Attack quoth in every way we know.")
    parser.add_argument("--only", type=_names, default=list(ATTACKS), metavar="NAMES", help=", ".join(ATTACKS))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the tries to make, such as 0.01")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in ATTACKS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"there is no attack {', '.join(unknown)}: name some of {', '.join(ATTACKS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
