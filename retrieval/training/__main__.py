"""`python -m retrieval.training`: prepare question files, train the reader and the encoder on them, and export both."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from retrieval.encoding.models import DEFAULT_MODEL
from retrieval.errors import QuothError
from retrieval.training.encoder_stages import add_encoder_stages
from retrieval.training.prepare_stages import add_prepare_stages
from retrieval.training.reader_stages import add_reader_stages

EXAMPLES = """examples:
  python -m retrieval.training prepare questions/*.jsonl.gz
  python -m retrieval.training train --minutes 300
  python -m retrieval.training export reader/
  python -m retrieval.training encoder prepared/ --minutes 45 --folder work/
  python -m retrieval.training export-encoder work/ adapter/
  python -m retrieval.training package-encoder retrieval/encoding/built_in/
"""


def main(arguments: Sequence[str]) -> int:
    """Run one stage and return 0, or 2 after an error, which goes to standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except QuothError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Run the same command again to resume from the last checkpoint.\n")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m retrieval.training",
        description="Train the reader, a cross-encoder that scores how well each sentence of a passage answers, "
        "and an adapter of the encoder that finds the passages.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, help="working folder (default: the user's cache folder)")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="the encoder to train from (default: %(default)s)")
    stages = parser.add_subparsers(required=True, metavar="STAGE")
    add_prepare_stages(stages)
    add_reader_stages(stages)
    add_encoder_stages(stages)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
