"""Connecting to a Ray cluster, which says nothing in the terminal and tells nobody that it runs."""

from __future__ import annotations

import atexit
import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from retrieval.cluster.ray_cluster import RayCluster
from retrieval.errors import ClusterUnusable
from retrieval.extras import is_installed, require
from retrieval.settings import CLUSTER, CLUSTER_HERE, LOCAL_CLUSTER

CLIENT = "ray://"
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_AUTO_CONNECT": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_LOG_TO_DRIVER": "0",
    "RAY_SCHEDULER_EVENTS": "0",
}
"""Read by Ray as it is loaded: it reports nothing, starts nothing unasked, and prints nothing its workers print."""
STORE = 256 * 2**20
"""Bytes of the object store of a cluster of our own; what is under way takes less."""
_SECONDS = 5
"""That an address is given to answer."""
_CARD_SECONDS = 60
"""That a card is given to be free."""
_START = "start one there with `ray start`, or name no address, and one is started here"


@contextmanager
def connect(address: str) -> Iterator[RayCluster]:
    """Connect to the cluster at an address, and leave it in the end; a local one is started, and ended.

    Raises ClusterUnusable, ExtraMissing.
    """
    match = CLUSTER.fullmatch(address)
    if match is None:
        raise ClusterUnusable(address, "that is no address", "name it as auto, host:port or ray://host:port")
    require("ray", "A build on a Ray cluster")
    os.environ.update(QUIET)
    if match["host"] is not None and not _answers(match["host"].strip("[]"), int(match["port"])):
        raise ClusterUnusable(address, "nothing answers there", _START)
    import ray

    with ExitStack() as stack:
        _initialise(address, stack)
        is_reachable = _reachable(address)
        stack.callback(_leave, is_reachable)
        yield _cluster(address, ray.cluster_resources(), is_reachable)


def _initialise(address: str, stack: ExitStack) -> None:
    import ray

    options: dict[str, Any] = {"configure_logging": False, "logging_level": logging.CRITICAL, "log_to_driver": False}
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quoth-ray-", ignore_cleanup_errors=True)))
    # Workers stand in a copy of this folder, and import nothing from where the user stands.
    (folder / "away").mkdir()
    (folder / "away" / "empty").touch()
    options["runtime_env"] = {"working_dir": str(folder / "away")}
    if address == LOCAL_CLUSTER:
        options |= {"include_dashboard": False, "object_store_memory": STORE, "_temp_dir": str(folder)}
    for name in ("ray", "ray.data", "ray.serve"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # It tells of each worker that dies, whatever `log_to_driver` says; a variable against that comes too late where
    # another library has loaded Ray.
    ray._private.worker._worker_logs_enabled = False
    try:
        ray.init(address=address, **options)
    except Exception as error:  # Ray raises anything: a plain Exception where a node does not start in time
        with suppress(Exception):
            ray.shutdown()
        is_absent = address == CLUSTER_HERE and isinstance(error, ConnectionError)
        reason = "none runs on this machine" if is_absent else _first_line(error)
        raise ClusterUnusable(address, reason, _remedy(address, str(error))) from error


def _leave(is_reachable: Callable[[], bool]) -> None:
    import ray

    if not is_reachable():  # Ray would wait for it a minute, and then end this process
        atexit.unregister(ray.shutdown)
        return
    with suppress(Exception):  # what does not go well any more needs no cluster
        ray.shutdown()


def _cluster(address: str, resources: dict[str, float], is_reachable: Callable[[], bool]) -> RayCluster:
    processors, cards = int(resources.get("CPU", 0)), int(resources.get("GPU", 0))
    if processors < 1:
        raise ClusterUnusable(address, "it has no processors to work on", "add a worker that has some")
    return RayCluster(address, processors, cards if cards and _can_encode() else 0, is_reachable)


def _can_encode() -> bool:
    """Return whether a card of the cluster, and this machine, can encode: the extra `models` is on both."""
    import ray
    from ray.exceptions import RayError

    if not is_installed("models"):
        return False
    try:
        reference = ray.remote(is_installed).options(num_cpus=0, num_gpus=1).remote("models")
        return bool(ray.get(reference, timeout=_CARD_SECONDS))
    except RayError:
        return False


def _reachable(address: str) -> Callable[[], bool]:
    """Return what tells whether the connected cluster still answers."""
    import ray

    place = address.removeprefix(CLIENT) if address.startswith(CLIENT) else ray.get_runtime_context().gcs_address
    host, _, port = place.rpartition(":")
    return partial(_answers, host.strip("[]"), int(port))


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_SECONDS):
            return True
    except (OSError, OverflowError):
        return False


def _remedy(address: str, message: str) -> str:
    if "ersion mismatch" in message:
        return "install the same Python and Ray on both"
    if address == LOCAL_CLUSTER:
        return "free some memory, or build without it"
    if address == CLUSTER_HERE:
        return _START
    return "run this on one of its machines, or connect to its client server, as ray://host:10001"


def _first_line(error: Exception) -> str:
    lines = [line.strip().rstrip(".:") for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
