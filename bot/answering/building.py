"""From settings to an index."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import sentence
from bot.exit_status import AS_IT_WAS, GOES_ON
from bot.interrupts import BuildInterrupted, interrupted
from bot.last_words import last_words
from bot.settings import Settings
from bot.sources.faults import NothingFetched
from bot.sources.secrecy import check_tokens_apart
from bot.terminal.progress import announce_export
from retrieval import builds, indexes
from retrieval.encoding.selection import Chosen, EncoderSettings, passage_encoder
from retrieval.errors import ClusterLost, IndexFault, IndexNotWritable
from retrieval.index.build import Report, build
from retrieval.index.documents import Progress
from retrieval.index.generation import Generation
from retrieval.index.journal import journal_files
from retrieval.index.keeping import Keep
from retrieval.index.manifest import check_fit
from retrieval.index.resources import Announce, Limits

if TYPE_CHECKING:
    from retrieval.cluster.ray_cluster import RayCluster


def build_index(
    settings: Settings,
    progress: Progress,
    *,
    rebuild: bool = False,
    wait: bool = False,
    announce: Announce = lambda announcement: None,
) -> Report:
    """Build the settings' corpus into the settings' index; the log gets the tracebacks of articles that break.

    Raises BuildInterrupted on Ctrl-C, if that leaves the index as it was. An IndexNotWritable has a note that it did.
    """
    check_tokens_apart(settings)
    if settings.corpus.sources and not settings.corpus.path.exists():
        raise NothingFetched(settings.corpus.path)
    before = _pointer(settings)
    engine, log = logging.getLogger("retrieval"), _Log()
    engine.addHandler(log)
    try:
        return builds.build(
            settings.index.path,
            partial(_build_in_folder, settings, progress, announce),
            cache=settings.model_cache(),
            check=lambda manifest: check_fit(manifest, settings.index.path, settings.model.name, settings.passages()),
            progress=progress,
            rebuild=rebuild,
            wait=wait,
            keep=Keep(settings.index.keep, settings.index.keep_days),
        )
    except BaseException as error:
        is_interrupt = isinstance(error, KeyboardInterrupt) or interrupted()
        if (is_interrupt or isinstance(error, IndexNotWritable)) and _pointer(settings) == before:
            goes_on = _goes_on(settings, rebuild=rebuild and before is not None)
            if is_interrupt:
                raise BuildInterrupted(is_first=before is None, goes_on=goes_on) from error
            _note(error, AS_IT_WAS if before is not None else "", goes_on)
        raise
    finally:
        engine.removeHandler(log)


def _build_in_folder(
    settings: Settings, progress: Progress, announce: Announce, index: Path, *, rebuild: bool, wait: bool, keep: Keep
) -> Report:
    """Build the corpus into a folder, with the cluster that the settings name."""
    with _cluster(settings) as cluster:
        return build(
            settings.corpus.path,
            index,
            lambda before: _choose(settings, before, cluster),
            settings.passages(),
            progress=progress,
            announce=announce,
            rebuild=rebuild,
            wait=wait,
            exact_up_to=settings.index.exact_up_to,
            keep=keep,
            fields=settings.metadata,
            limits=Limits(settings.index.memory * 10**6),
            workers=cluster,
        )


def _pointer(settings: Settings) -> Hashable:
    """Return what another generation changes when it becomes current; None where there is no index."""
    try:
        return indexes.pointer(settings.index.path)
    except (OSError, IndexFault):
        return None


def _goes_on(settings: Settings, *, rebuild: bool) -> str:
    """Return how to go on from what an ended build has kept; "" where it has kept nothing."""
    if not journal_files(builds.folder_of(settings.index.path, settings.model_cache())):
        return ""
    return GOES_ON.format(command="quoth index --rebuild" if rebuild else "quoth index")


def _note(error: BaseException, *sentences: str) -> None:
    for each in filter(None, sentences):
        error.add_note(each)


class _Log(logging.Handler):
    """Writes tracebacks to the log of unforeseen errors; the sentence about them is the build's own."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Exception):
            sentence(error)


@contextmanager
def _cluster(settings: Settings) -> Iterator[RayCluster | None]:
    """Connect to the cluster that the settings name, if they do.

    Ray ends the process that is connected to it when its own on this machine ends, as by `ray stop`.
    """
    if not settings.index.ray:
        yield None
        return
    from retrieval.cluster.connection import connect

    lost = ClusterLost(settings.index.ray, "Ray, or someone, ended this build")
    with last_words(f"quoth: {lost}"), connect(settings.index.ray) as cluster:
        yield cluster


def _choose(settings: Settings, before: Generation | None, cluster: RayCluster | None) -> Chosen:
    model = settings.model
    engine = model.engine
    if cluster is not None and engine == "auto":
        engine = "torch" if cluster.cards and model.precision != "int8" else "onnx"
    encoder_settings = EncoderSettings(model.name, engine, model.precision, model.threads)
    like = before.manifest.encoder if before else None
    return passage_encoder(encoder_settings, settings.model_cache(), like, lambda: announce_export(model.name))
