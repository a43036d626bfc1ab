"""What answers questions: the articles, their index, and the models that read both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.doctor.findings import State, error_state
from bot.formats.numbers import count
from bot.formats.shell import command
from bot.index_health import Health, examine
from bot.remedies import calibrate
from bot.settings import Settings, default_index
from bot.terminal.index_view import holdings
from retrieval import indexes
from retrieval.answering.reader import open_reader
from retrieval.answering.tuned_reader import folder_in_force
from retrieval.articles.folder_defaults import FILE
from retrieval.encoding.built_in import is_built_in
from retrieval.encoding.encoder import EncoderSpec
from retrieval.encoding.export_folder import encoder_folder, is_exported
from retrieval.encoding.models import BUILT_IN, DEFAULT_MODEL
from retrieval.encoding.onnx_encoder import OnnxEncoder
from retrieval.errors import CorpusNotFound, CorpusUnreadable, ExtraMissing, IndexNotFound, QuothError
from retrieval.extras import is_installed
from retrieval.index.generation import Generation
from retrieval.index.listing import FILE as LIST
from retrieval.index.manifest import check_fit, check_model
from retrieval.paths import resolved


def articles(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield whether the articles are there: those of the index, or else those that the settings name."""
    generation = _current(settings.index.path)
    corpus = Path(generation.manifest.corpus) if generation else settings.corpus.path
    if not corpus.exists():
        if generation is None:
            yield error_state(CorpusNotFound(corpus))
        else:
            yield State.WARNING, f"{corpus} is no longer there: its index still answers; put it back, or index another."
        return
    if corpus.is_file():
        yield State.OK, f"{corpus}, a single file."
        return
    try:
        os.listdir(corpus)
    except OSError as error:
        yield error_state(CorpusUnreadable(corpus, error.strerror or type(error).__name__))
        return
    files = sum(name != FILE and not name.startswith(".") for _, _, names in os.walk(corpus) for name in names)
    if files:
        yield State.OK, f"{corpus}, {count(files, 'file')}."
    else:
        yield State.PROBLEM, f"{corpus} holds no file: add articles, such as .txt, .md, .html or .pdf."


def index(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield whether the index is there, whole, of this version, and up to date with its articles."""
    path = settings.index.path
    try:
        generation, health = examine(settings)
        check_model(generation.manifest, path)
        check_fit(generation.manifest, path, settings.model.name, settings.passages())
    except IndexNotFound as error:
        if resolved(path) == resolved(default_index()) and not os.path.lexists(path / LIST):
            yield State.WARNING, f"none yet at {path}: `{command('index')}` builds it, and so does the first question."
        else:
            yield error_state(error)
        return
    if not health.sound:
        yield State.PROBLEM, _damage(health)
        return
    text = f"{path}, {holdings(generation.manifest)}; {health.check.checked} checksums are right"
    if health.corpus == "unchanged":
        yield State.OK, f"{text}."
    else:
        yield State.WARNING, f"{text}. The articles are {health.corpus}."
    if health.stale:
        yield State.WARNING, f"its calibration is not used, since {health.stale}: `{calibrate(path)}` makes another."


def _damage(health: Health) -> str:
    checks = (health.check, *(former.check for former in health.former))
    faulty = next(check for check in checks if not check.sound)
    return f"{faulty} `quoth status` has the details."


def encoder(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield whether the encoder of the index, or the one that the settings name, can be opened."""
    generation = _current(settings.index.path)
    if generation is not None:
        yield _opened(generation.manifest.encoder, settings)
    elif settings.model.name == DEFAULT_MODEL:
        OnnxEncoder(BUILT_IN, "int8", 0, DEFAULT_MODEL)
        yield State.OK, f"{DEFAULT_MODEL}, which comes with quoth."
    elif not is_installed("models"):
        yield error_state(ExtraMissing("models", f"The model {settings.model.name!r}"))
    else:
        yield State.OK, f"{settings.model.name}, which is prepared when the articles are indexed."


def _opened(spec: EncoderSpec, settings: Settings) -> tuple[State, str]:
    cache = settings.model_cache()
    if is_built_in(spec):
        OnnxEncoder(BUILT_IN, spec.precision, 0, spec.name)
        return State.OK, f"{spec.name}, {spec.precision}, which comes with quoth."
    if is_exported(spec.digest, cache):
        OnnxEncoder(encoder_folder(spec.digest, cache), spec.precision, 0, spec.name)
        return State.OK, f"{spec.name}, {spec.precision}, in {cache}."
    if not is_installed("models"):
        return error_state(ExtraMissing("models", f"The model {spec.name!r}, whose export is not in {cache},"))
    return State.WARNING, f"the export of {spec.name} is not in {cache}: the next question makes it again, once."


def reader(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield whether the reader that is in force can be opened."""
    setting = settings.answer.reader
    if not setting:
        yield State.OK, 'none, as the setting answer.reader = "" says.'
        return
    folder = folder_in_force(setting, settings.index.path)
    yield State.OK, f"{setting}, {open_reader(folder).digest}, in {folder}."


def reranker(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield whether what the reranker needs is there, without loading it; nothing where the settings name none."""
    name = settings.answer.reranker
    if name is None:
        return
    if not is_installed("models"):
        yield error_state(ExtraMissing("models", f"The reranker {name!r}"))
    elif os.path.isabs(name) and not os.path.isdir(name):
        yield State.PROBLEM, f"there is no folder {name}: name one that holds it with `reranker` in the settings."
    else:
        yield State.OK, f"{name}."


def _current(index: Path) -> Generation | None:
    try:
        return indexes.current(index)
    except QuothError:
        return None
