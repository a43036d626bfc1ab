"""The benchmarks, one table each: `make bench`, or `python -m tests.benchmarks quality speed` for some of them.

`make bench-scale` runs those that take a large corpus.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":  # a test that imports the list of benchmarks leaves the environment as it is
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

from tests.benchmarks import (
    chat_load,
    chat_storm,
    endurance,
    evaluation,
    first_stage,
    footprint,
    gold_sets,
    languages,
    many_files,
    messages,
    milvus,
    quality,
    reading,
    resume,
    scale,
    serve,
    speed,
    structure,
)

BENCHMARKS = {
    "quality": quality.main,
    "gold": gold_sets.main,
    "structure": structure.main,
    "first_stage": first_stage.main,
    "reading": reading.main,
    "languages": languages.main,
    "evaluation": evaluation.main,
    "messages": messages.main,
    "speed": speed.main,
    "footprint": footprint.main,
    "resume": resume.main,
    "scale": scale.main,
    "files": many_files.main,
    "milvus": milvus.main,
    "chat": chat_load.main,
    "storm": chat_storm.main,
    "memory": chat_storm.memory_main,
    "serve": serve.main,
    "endurance": endurance.main,
}
ON_REQUEST = {"first_stage", "languages", "milvus", "resume", "scale", "files", "storm", "memory", "endurance"}
"""Run only where they are named: they take a large corpus, a model that has to be made, or many minutes."""


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all but those on request."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}: name some of {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    for name in names or [name for name in BENCHMARKS if name not in ON_REQUEST]:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
