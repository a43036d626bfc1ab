"""The files to run the bot from: each is well formed, confined, and names only what there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.discord import client
from bot.main import app
from bot.settings import load
from retrieval.index_address import ServerAddress, address_of

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "config" / "deploy"
UNIT, COMPOSE, CONTAINER = DEPLOY / "quoth-bot.service", DEPLOY / "compose.yaml", DEPLOY / "Containerfile"
SCALE = DEPLOY / "compose.scale.yaml"
MOST_EXPOSED = 2.0
"""Of 10, as `systemd-analyze security` counts."""
LEAVES_WITHIN = client.PATIENCE + client.FAREWELL + client.LEAVING + 4.0
"""Seconds, with those that the service, the database and the traces take to close."""


def takes(arguments: list[str]) -> bool:
    """Whether `quoth` has the command, with these options; skips the test where it has no `serve`."""
    commands = getattr(get_command(app), "commands")  # noqa: B009 - a group's, which mypy does not know it is
    if arguments[0] == "serve" and "serve" not in commands:
        pytest.skip("this checkout has no `quoth serve`")
    command = commands.get(arguments[0])
    if command is None:
        return False
    known = {option for parameter in command.params for option in parameter.opts}
    return all(argument in known for argument in arguments[1:] if argument.startswith("--"))


def check_settings(environment: Mapping[str, str]) -> None:
    """Raise SettingInvalid for a variable that sets nothing, or sets it to what it cannot be."""
    load(environment={name: value for name, value in environment.items() if name.startswith("QUOTH_")})


# The unit of systemd


def unit(section: str) -> list[tuple[str, str]]:
    """The assignments of a section."""
    sections = re.split(r"^\[(\w+)\]$", UNIT.read_text("utf-8"), flags=re.MULTILINE)
    lines = sections[sections.index(section) + 1].splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return [(name, value) for name, value in pairs]


def test_the_unit_starts_what_there_is() -> None:
    service = dict(unit("Service"))
    for command in (service["ExecStartPre"].removeprefix("-"), service["ExecStart"]):
        binary, *arguments = command.split()
        assert Path(binary).name == "quoth"
        assert takes(arguments)
    environment = dict(value.split("=", 1) for name, value in unit("Service") if name == "Environment")
    check_settings(environment)
    state = f"/var/lib/{service['StateDirectory']}"
    written = ("QUOTH_INDEX_PATH", "QUOTH_DISCORD_STORE", "QUOTH_MODEL_CACHE", "HOME")
    assert all(Path(environment[name]).is_relative_to(state) for name in written)
    assert service["LoadCredential"].split(":")[0] == "discord-token"
    assert float(service["TimeoutStopSec"]) > LEAVES_WITHIN
    assert (service["Type"], service["Restart"]) == ("notify", "on-failure")
    for name in ("MemoryMax", "WatchdogSec", "RestartSec"):
        assert service[name]
    hardened = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "DynamicUser": "yes", "PrivateTmp": "yes"}
    assert hardened.items() <= service.items()


@pytest.fixture
def analyse() -> Any:
    """Runs systemd-analyze."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, "--no-pager", *arguments], capture_output=True, text=True, check=False)

    return run


def test_systemd_finds_no_fault_with_the_unit(analyse: Any, tmp_path: Path) -> None:
    (tmp_path / "quoth").symlink_to(sys.executable)
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text("utf-8").replace("/opt/quoth/bin/quoth", str(tmp_path / "quoth")))
    verified = analyse("verify", copy)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


def test_systemd_finds_the_unit_well_confined(analyse: Any) -> None:
    security = analyse("security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:g}", UNIT)
    if "unrecognized option" in security.stderr:
        pytest.skip("this systemd-analyze judges no files")
    assert security.returncode == 0, security.stdout


# The container


def instructions() -> list[tuple[str, str]]:
    """The container file's instructions with their arguments."""
    text = re.sub(r"^#.*\n", "", CONTAINER.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line)]


def faults(lines: list[tuple[str, str]]) -> list[str]:
    """What is wrong with a container file."""
    names = [name for name, _ in lines]
    last = dict(lines)
    found = [
        f"{value}: its version is not pinned" for value in bases(lines) if not re.search(r":\d+\.\d+\.\d+\S*$", value)
    ]
    found += [f"ADD {value}: COPY is meant" for name, value in lines if name == "ADD"]
    found += [
        f"RUN {value}: the lists of packages stay"
        for name, value in lines
        if name == "RUN" and "apt-get install" in value and "rm -rf /var/lib/apt/lists" not in value
    ]
    found += [
        f"{name} {value}: no exec form"
        for name, value in lines
        if (name in ("ENTRYPOINT", "CMD") and not value.startswith("["))
        or (name == "HEALTHCHECK" and not re.search(r'CMD \["', value))
    ]
    found += [f"{name} is missing" for name in ("USER", "ENTRYPOINT", "HEALTHCHECK", "VOLUME") if name not in names]
    if last.get("USER", "root").split(":")[0] in ("root", "0"):
        found.append("it runs as root")
    secret = re.compile(r"token|secret|passw|api_?key", re.IGNORECASE)
    found += [f"{name} {value}: a secret" for name, value in lines if name in ("ENV", "ARG") and secret.search(value)]
    return found


def bases(lines: list[tuple[str, str]]) -> list[str]:
    return [value.split(" AS ")[0] for name, value in lines if name == "FROM"]


def test_the_container_file_is_sound() -> None:
    assert faults(instructions()) == []


@pytest.mark.parametrize(
    ("name", "changed", "fault"),
    [
        ("FROM", "python:latest", "its version is not pinned"),
        ("FROM", "python", "its version is not pinned"),
        ("USER", "root", "it runs as root"),
        ("ENTRYPOINT", "quoth", "no exec form"),
        ("HEALTHCHECK", "CMD curl localhost", "no exec form"),
        ("ADD", "https://example.org/x /x", "COPY is meant"),
        ("RUN", "apt-get install gcc", "the lists of packages stay"),
        ("ENV", "QUOTH_DISCORD_TOKEN=abc", "a secret"),
    ],
)
def test_the_check_of_container_files_sees_each_fault(name: str, changed: str, fault: str) -> None:
    lines = [(other, value) for other, value in instructions() if other != name]
    assert [line for line in faults([*lines, (name, changed)]) if line.endswith(fault)]


def test_the_container_holds_and_starts_what_there_is() -> None:
    lines = instructions()
    copied = [value.split()[:-1] for name, value in lines if name == "COPY" and not value.startswith("--from")]
    for path in [path for paths in copied for path in paths]:
        assert (ROOT / path).exists(), path
    packages = set(
        re.findall(r"^include = \[(.*)\]$", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)[0].split(", ")
    )
    assert {f'"{path}*"' for paths in copied for path in paths if (ROOT / path).is_dir()} == packages
    environment = dict(re.findall(r"(\w+)=(\S+)", next(value for name, value in lines if name == "ENV")))
    check_settings(environment)
    volume = next(value for name, value in lines if name == "VOLUME")
    for name in ("HOME", "QUOTH_INDEX_PATH", "QUOTH_MODEL_CACHE", "QUOTH_DISCORD_STORE"):
        assert Path(environment[name]).is_relative_to(volume), name
    (command,) = [value for name, value in lines if name == "CMD"]
    assert takes(yaml.safe_load(command))
    (health,) = [value for name, value in lines if name == "HEALTHCHECK"]
    assert f"http://{environment['QUOTH_MONITORING_ADDRESS']}/healthz" in health
    compile(yaml.safe_load(health[health.index("[") :])[2], "HEALTHCHECK", "exec")


# The compose files


def services(file: Path = COMPOSE) -> dict[str, Any]:
    parsed = yaml.safe_load(file.read_text("utf-8"))
    return dict(parsed["services"])


@pytest.mark.parametrize(
    ("file", "name"),
    [(COMPOSE, "index"), (COMPOSE, "bot"), (COMPOSE, "serve"), (SCALE, "index"), (SCALE, "bot")],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_each_service_is_confined_and_starts_what_there_is(file: Path, name: str) -> None:
    parsed, service = yaml.safe_load(file.read_text("utf-8")), services(file)[name]
    assert (COMPOSE.parent / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]) == CONTAINER
    assert service["read_only"] is True
    assert service["init"] is True, "quoth is no init: as process 1, it would not end by SIGTERM while it starts"
    uid = re.search(r"--uid (\d+)", CONTAINER.read_text("utf-8"))
    assert uid is not None
    assert service["user"].split(":")[0] == uid[1]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert float(service["stop_grace_period"].removesuffix("s")) > LEAVES_WITHIN
    for volume in service["volumes"]:
        source, target, *_ = volume.split(":")
        assert source.startswith("./") or source in parsed["volumes"]
        assert source.startswith("./") or f"VOLUME {target}" in CONTAINER.read_text("utf-8").splitlines()
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == ["data:/data"]
    environment = service.get("environment", {})
    assert {f"/run/secrets/{name}" for name in service.get("secrets", ())} == {
        value for name, value in environment.items() if name.endswith(("TOKEN_FILE", "PASSFILE"))
    }
    assert set(service.get("secrets", ())) <= set(parsed["secrets"])
    assert set(service.get("depends_on", ())) <= set(parsed["services"])
    assert takes(service["command"])
    check_settings(environment)


def test_the_services_are_those_that_are_described() -> None:
    assert set(services()) == {"index", "bot", "serve"}
    assert services()["serve"]["profiles"] == ["serve"], "only the bot runs unless more is wanted"
    assert services()["index"]["healthcheck"] == {"disable": True}, "it ends"
    for name in ("bot", "serve"):
        test = services()[name]["healthcheck"]["test"]
        assert test[:3] == ["CMD", "python", "-c"]
        compile(test[3], "healthcheck", "exec")


def test_what_is_shared_is_on_servers_that_nobody_else_reaches() -> None:
    parsed, scale = yaml.safe_load(SCALE.read_text("utf-8")), services(SCALE)
    assert set(scale) == {"index", "bot", "milvus", "postgres"}
    assert scale["index"]["build"]["args"] == {"EXTRAS": "metrics,scale,serve"}
    assert re.search(r"^ARG EXTRAS=", CONTAINER.read_text("utf-8"), re.MULTILINE)
    shared = {"QUOTH_INDEX_PATH": scale["bot"]["environment"]["QUOTH_INDEX_PATH"]}
    address = address_of(load(environment=shared).index.path)
    assert address == ServerAddress("http://milvus:19530", "quoth")
    assert scale["bot"]["environment"]["QUOTH_DISCORD_STORE"].startswith("postgresql://quoth@postgres/")
    for name in ("milvus", "postgres"):
        server = scale[name]
        assert re.search(r":v?\d+\.\d+\S*$", server["image"]), "its version is pinned"
        assert server["networks"] == ["inside"]
        assert "ports" not in server
        assert server["volumes"][0].split(":")[0] in parsed["volumes"]
        assert server["healthcheck"]["test"][0] == "CMD"
        assert set(server.get("secrets", ())) <= set(parsed["secrets"])
    assert parsed["networks"]["inside"] == {"internal": True}
    assert not [value for value in scale["postgres"]["environment"] if value == "POSTGRES_PASSWORD"]


@pytest.mark.parametrize("file", [COMPOSE, SCALE], ids=lambda file: str(file.name))
def test_docker_understands_the_compose_file(file: Path) -> None:
    docker = shutil.which("docker")
    has_compose = docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
    if not docker or not has_compose or has_compose.returncode:
        pytest.skip("docker compose is not installed")
    command = [docker, "compose", "--file", str(file), "--profile", "serve", "config", "--quiet"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert (checked.returncode, checked.stderr) == (0, "")
