"""A process that reads and splits units of a corpus, one after another, for the build that started it.

Its standard input begins with a `Setup` and then has units, both pickled by the build; what it writes is a letter, a
length and as many bytes: `R` it is ready, `D` the reading of a unit, `P` a scanned page of it, `L` the traceback of an
error that nobody foresaw, `E` an error that ends the build.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import struct
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from retrieval.articles.conversion import Converter
from retrieval.encoding.encoder import EncoderSpec
from retrieval.encoding.piece_counter import load_tokenizer, piece_counter
from retrieval.errors import ConverterNotStarted, TemporaryFilesUnusable
from retrieval.index.manifest import PassageSettings
from retrieval.index.reading import Reader
from retrieval.index.splitting import Splitter
from retrieval.limits import limit_memory

LETTERS = struct.Struct("<cI")
MEMORY = 4 * 2**30
"""Bytes that reading and splitting a unit may take."""
OUT_OF_MEMORY = 99  # exit status


@dataclass(frozen=True, slots=True)
class Setup:
    """What such a process is to know."""

    spec: EncoderSpec
    tokenizer: Path
    prompt: str
    settings: PassageSettings
    known: bytes
    """The keys of the articles that have passages in the generation before."""

    def reader(self) -> Reader:
        """Return what reads and splits."""
        pieces = piece_counter(load_tokenizer(self.tokenizer, self.spec.max_pieces))
        splitter = Splitter(pieces, self.prompt, self.spec.max_pieces, self.settings)
        return Reader.knowing(self.known, self.spec, splitter)


class _Log(logging.Handler):
    """Sends the tracebacks of errors that nobody foresaw."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        _, error, _ = record.exc_info or (None, None, None)
        trace = "".join(traceback.format_exception(error)) if error else ""
        send(self._stream, b"L", json.dumps([record.getMessage(), trace]).encode())


def main(arguments: list[str]) -> int:
    """Read units until standard input ends."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no reply
    limit_memory(MEMORY)
    logging.getLogger("retrieval").addHandler(_Log(stream))
    source = sys.stdin.buffer
    reader = pickle.load(source).reader()  # noqa: S301 - the build itself writes it
    send(stream, b"R", b"")
    try:
        with Converter(pages=lambda count, total: send(stream, b"P", json.dumps([count, total]).encode())) as converter:
            while True:
                unit = pickle.load(source)  # noqa: S301
                send(stream, b"D", reader.read_and_split(unit, converter))
    except EOFError:
        return 0
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except ConverterNotStarted as error:
        send(stream, b"E", json.dumps(["converter", error.reason]).encode())
    except TemporaryFilesUnusable as error:
        send(stream, b"E", json.dumps(["temporary", error.folder, error.reason]).encode())
    return 0


def send(stream: BinaryIO, letter: bytes, payload: bytes) -> None:
    """Write a letter with its bytes."""
    stream.write(LETTERS.pack(letter, len(payload)))
    stream.write(payload)
    stream.flush()
