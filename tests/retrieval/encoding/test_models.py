"""Where a model lies, and whether it is the one that was meant."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.encoding.models import (
    ADAPTER,
    DEFAULT_MODEL,
    PACKAGED,
    PackagedModel,
    as_published,
    default_cache,
    locate,
)  # fmt: skip
from retrieval.errors import ExtraMissing, ModelDamaged, ModelNotFound, ModelUnfit
from retrieval.files import file_digest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights of a small packaged model called `small`."""
    weights = tmp_path / "some_small_model" / "model" / "model.safetensors"
    weights.parent.mkdir(parents=True)
    (tmp_path / "some_small_model" / "__init__.py").write_text("")
    weights.write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(PACKAGED, "small", PackagedModel("some_small_model", "model", file_digest(weights)))
    return weights


def folder_of(folder: Path, weights: bytes = b"weights", pooling: str = "mean") -> Path:
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "1_Pooling" / "config.json").write_text(pooling)
    return folder


def test_the_default_model_is_the_one_published() -> None:
    found = locate(DEFAULT_MODEL)
    assert found.digest == PACKAGED[DEFAULT_MODEL].digest
    assert PACKAGED[DEFAULT_MODEL].weights == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert (found.path / "tokenizer.json").is_file()


def test_the_default_model_s_adapter_is_the_one_of_its_card() -> None:
    card, packaged = json.loads(ADAPTER.with_name("adapter.json").read_text("utf-8")), PACKAGED[DEFAULT_MODEL]
    assert (card["trained_from"], card["trained_from_digest"]) == (DEFAULT_MODEL, packaged.weights)
    assert card["files"] == {ADAPTER.name: packaged.adapter}
    published = as_published(DEFAULT_MODEL)
    assert (published.adapter, published.digest) == (None, packaged.weights)


def test_a_packaged_model_is_checked(packaged: Path) -> None:
    assert locate("small").path == packaged.parent
    raw = bytearray(packaged.read_bytes())
    raw[3] ^= 1
    packaged.write_bytes(raw)
    has, wanted = hashlib.sha256(raw).hexdigest(), hashlib.sha256(b"weights").hexdigest()
    with pytest.raises(ModelDamaged, match=rf"safetensors has SHA-256 {has[:12]}…, not {wanted[:12]}…: it is damaged"):
        locate("small")


def test_a_packaged_model_has_an_adapter_that_is_checked(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = packaged.parent.parent / "adapter.safetensors"
    monkeypatch.setattr("retrieval.encoding.models.ADAPTER", adapter)
    plain = PACKAGED["small"]
    adapted = replace(plain, adapter=hashlib.sha256(b"adapter").hexdigest())
    monkeypatch.setitem(PACKAGED, "small", adapted)
    with pytest.raises(ModelNotFound, match=r"its adapter .*adapter\.safetensors is missing: install quoth again"):
        locate("small")
    adapter.write_bytes(b"adapter")
    found = locate("small")
    assert (found.adapter, found.digest) == (adapter, adapted.digest)
    assert adapted.digest != plain.digest
    adapter.write_bytes(b"another")
    with pytest.raises(ModelDamaged, match=r"adapter\.safetensors has SHA-256"):
        locate("small")


def test_a_packaged_model_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PACKAGED, "small", PackagedModel("no_such_package_here", "model", "0" * 64))
    with pytest.raises(ExtraMissing, match=r"'small' in any other form than the built-in one needs the extra 'models'"):
        locate("small")


def test_a_folder_is_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "mine")
    found = locate(str(folder))
    assert (found.name, found.path) == (str(folder), folder)
    assert len(found.digest) == 64
    assert locate(str(folder)) == found
    monkeypatch.chdir(tmp_path)
    assert locate("mine").digest == found.digest
    monkeypatch.setenv("HOME", str(tmp_path))
    assert locate("~/mine").digest == found.digest


def test_another_way_to_use_the_same_weights_is_another_model(tmp_path: Path) -> None:
    folders = [
        folder_of(tmp_path / "a"),
        folder_of(tmp_path / "b", pooling="cls"),
        folder_of(tmp_path / "c", weights=b"other"),
    ]
    digests = {locate(str(folder)).digest for folder in folders}
    assert len(digests) == 3
    (folders[0] / "README.md").write_text("Words about it")
    assert locate(str(folders[0])).digest in digests


def test_weights_in_several_files(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a")
    first = locate(str(folder)).digest
    (folder / "model-00002.safetensors").write_bytes(b"more")
    assert locate(str(folder)).digest != first
    (folder / "model-00002.safetensors").unlink()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert locate(str(folder)).digest == first, "the same weights under the older name"


def test_a_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelUnfit, match=r"holds no model\.safetensors or pytorch_model\.bin\): choose another with"):
        locate(str(tmp_path))


@pytest.mark.parametrize("name", ["/no/such/folder", "./no", "~/no", "~nobody-of-this-name/no", "a/b/c"])
def test_a_folder_that_is_not_there(name: str) -> None:
    with pytest.raises(
        ModelNotFound, match=r" is not available \(there is no such folder\): name a folder that holds it"
    ):
        locate(name)


def test_a_hub_name_without_the_network(tmp_path: Path) -> None:
    told = (
        "import sys; from retrieval.encoding.models import locate; from retrieval.errors import ModelNotFound\n"
        "for name in sys.argv[1:]:\n"
        "    try: locate(name)\n"
        "    except ModelNotFound as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, "some-owner/some-model", "some-model", "not a name!"],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = done.stdout.splitlines()
    assert [line.split("(")[0] for line in lines] == [
        f"The model {name!r} is not available " for name in ("some-owner/some-model", "some-model", "not a name!")
    ]
    assert all(
        line.endswith("): name a folder that holds it, or run quoth once with network access to download it.")
        for line in lines
    )
    assert "neither a folder nor a hub name" in lines[2]


def test_exports_are_kept_in_the_users_cache(tmp_path: Path) -> None:
    assert default_cache().name == "quoth"
    assert default_cache().is_absolute()
