"""The commands of docs/deploy-any-cluster.md, run by a shell: what the release then needs is there, to the last key."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml

from bandstand.settings.environment import Environment
from tests.deploy.rendering import (
    CHART,
    KUBERNETES,
    ROOT,
    Manifest,
    containers,
    name_of,
    of_kind,
    pod_templates,
    run_helm,
    value_set_of,
)
from tests.required_tools import require

GUIDE = (ROOT / "docs" / "deploy-any-cluster.md").read_text()
RECORDED = ("helm", "kind", "kubectl", "make")
RECORDER = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    log.write(json.dumps([{name!r}, *sys.argv[1:]]) + "\\n")
"""
HELD = "/run/secrets/bandstand/"


@dataclass
class Walk:
    """What was there after the commands: objects, Secrets by name and key, files of ConfigMaps, what Helm rendered."""

    objects: list[Manifest] = field(default_factory=list)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    release: tuple[Manifest, ...] = ()

    def services(self) -> dict[str, Manifest | None]:
        """Return the Services by name; CloudNativePG makes its own."""
        found: dict[str, Manifest | None] = {
            each["metadata"]["name"]: each for each in [*self.objects, *self.release] if each["kind"] == "Service"
        }
        for cluster in of_kind(self.release, "Cluster"):
            found |= {f"{cluster['metadata']['name']}-{kind}": None for kind in ("rw", "ro", "r")}
        return found


def commands(heading: str, folder: Path) -> list[list[str]]:
    """Return the words of each command below a heading of the guide, as the shell gives them to the program."""
    section = GUIDE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"^( *)```\n(.*?)^ *```$", section, re.DOTALL | re.MULTILINE)
    script = "\n".join(re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks)
    log = folder / "commands"
    for name in RECORDED:
        program = folder / name
        program.write_text(RECORDER.format(python=sys.executable, log=str(log), name=name))
        program.chmod(0o755)
    path = f"{folder}:{Path(require('openssl')).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", "-eu"], input=script, env={"PATH": path}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in log.read_text().splitlines()]


def options(words: list[str], name: str) -> list[str]:
    """Return the values of an option, given as --name=value or --name value."""
    found = [word.split("=", 1)[1] for word in words if word.startswith(f"--{name}=")]
    return found + [words[at + 1] for at, word in enumerate(words) if word == f"--{name}"]


@cache
def walked(heading: str, values: str = "") -> Walk:
    """Do what the commands say, as far as it makes objects; `values` is the file that people write themselves."""
    walk = Walk()
    with tempfile.TemporaryDirectory() as folder:
        said = commands(heading, Path(folder))
    for words in said:
        assert set(options(words, "namespace")) <= walk.namespaces or "--create-namespace" in words, shlex.join(words)
        match words:
            case ["kubectl", "create", "namespace", name]:
                walk.namespaces.add(name)
            case ["kubectl", "create", "secret", "docker-registry", name, *_]:
                walk.secrets[name] = {".dockerconfigjson": "{}"}
            case ["kubectl", "create", "secret", "generic", name, *_]:
                walk.secrets[name] = dict(pair.split("=", 1) for pair in options(words, "from-literal"))
            case ["kubectl", "apply", *_]:
                for file in options(words, "filename"):
                    walk.objects += list(yaml.safe_load_all((ROOT / file).read_text()))
            case ["helm", "upgrade", "--install", release, "deploy/helm/bandstand", *_]:
                walk.release = installed(release, words, values)
            case ["kubectl", "create", "configmap", name, *_]:
                walk.files[name] = options(words, "from-file")
            case ["kubectl", "create", *_]:
                pytest.fail(f"nobody looks at what this makes: {shlex.join(words)}")
    assert walk.release
    return walk


def installed(release: str, words: list[str], values: str) -> tuple[Manifest, ...]:
    files = [str(value_set_of(values)) if file == "my-values.yaml" else file for file in options(words, "values")]
    done = run_helm(
        *("template", release, ROOT / "deploy/helm/bandstand", "--namespace", *options(words, "namespace")),
        *("--kube-version", f"v{KUBERNETES[0]}.0", *(f"--values={ROOT / file}" for file in files)),
        *(f"--set={each}" for each in options(words, "set")),
    )
    assert done.returncode == 0, done.stderr
    return tuple(each for each in yaml.safe_load_all(done.stdout) if each)


@pytest.fixture(params=["laptop", "production", "gateway"])
def walk(request: pytest.FixtureRequest) -> Walk:
    """What each way leads to; those of the second begin with a file of values that the guide names."""
    if request.param == "laptop":
        return walked("On a laptop")
    return walked("On a cluster with its own PostgreSQL and Valkey", request.param)


def made_by_cloudnative_pg(manifests: tuple[Manifest, ...]) -> dict[str, dict[str, str]]:
    names = [cluster["metadata"]["name"] for cluster in of_kind(manifests, "Cluster")]
    return {f"{name}-app": dict.fromkeys(("username", "password", "uri"), "") for name in names} | {
        f"{name}-ca": {"ca.crt": ""} for name in names
    }


def secrets_named(part: Any) -> list[tuple[str, list[str]]]:
    """Return every Secret that a part of an object names, with the keys that it needs of it."""
    if isinstance(part, list):
        return [found for each in part for found in secrets_named(each)]
    if not isinstance(part, dict):
        return []
    found = []
    if "secretName" in part and "dnsNames" not in part and "hosts" not in part:
        found.append((part["secretName"], [item["key"] for item in part.get("items", [])]))
    if isinstance(secret := part.get("secret"), dict) and "name" in secret:
        found.append((secret["name"], [item["key"] for item in secret.get("items", [])]))
    if isinstance(secret := part.get("passwordSecret"), dict):
        found.append((secret["name"], ["username", "password"]))
    variables = [part[kind] for kind in ("secretKeyRef", "secretRef") if isinstance(part.get(kind), dict)]
    found += [(each["name"], [each["key"]] if "key" in each else []) for each in variables]
    found += [(each["name"], []) for each in part.get("imagePullSecrets", [])]
    found += [(each["name"], [each["key"]]) for each in part.get("secretTargetRef", [])]
    return found + [more for value in part.values() for more in secrets_named(value)]


def test_every_secret_and_every_key_is_there(walk: Walk):
    there = {**walk.secrets, **made_by_cloudnative_pg(walk.release)}
    needed = [(name_of(each), *found) for each in walk.release for found in secrets_named(each)]
    assert needed
    for owner, name, keys in needed:
        assert name in there, f"{owner} needs Secret/{name}"
        assert set(keys) <= there[name].keys(), f"{owner} needs {keys} of Secret/{name}"


def test_every_config_map_is_there(walk: Walk):
    there = {name: set(files) for name, files in walk.files.items()} | {"kube-root-ca.crt": {"ca.crt"}}
    there |= {each["metadata"]["name"]: set(each["data"]) for each in of_kind(walk.release, "ConfigMap")}
    for owner, pod in pod_templates(walk.release):
        sources = [more for each in pod["spec"]["volumes"] for more in each.get("projected", {}).get("sources", [])]
        for config in [source["configMap"] for source in sources if "configMap" in source]:
            assert config["name"] in there, f"{owner} needs ConfigMap/{config['name']}"
            assert {item["key"] for item in config.get("items", [])} <= there[config["name"]], owner


def test_nothing_is_made_that_nobody_reads(walk: Walk):
    named = [found for each in walk.release for found in secrets_named(each)]
    for name, values in walk.secrets.items():
        read = {key for secret, keys in named if secret == name for key in keys}
        if set(values) != {".dockerconfigjson"}:
            assert read == values.keys(), f"Secret/{name}"


def test_every_host_inside_the_cluster_is_a_service_with_that_port(walk: Walk):
    services = walk.services()
    for name, values in walk.secrets.items():
        for key, value in values.items():
            address = urlsplit(value)
            if not key.endswith("-url") or not address.hostname or "." in address.hostname:
                continue
            assert address.hostname in services, f"{key} of Secret/{name}: {address.hostname}"
            service = services[address.hostname]
            ports = {port["port"] for port in service["spec"]["ports"]} if service else {5432}
            assert address.port in ports, f"{key} of Secret/{name}"


def test_both_sides_have_the_same_passwords():
    walk = walked("On a laptop")
    bandstand = walk.secrets["bandstand"]
    database = urlsplit(bandstand["database-url"])
    assert (database.username, database.password) == tuple(walk.secrets["bandstand-database"].values())
    assert len(database.password or "") > 40
    password = urlsplit(bandstand["redis-url"]).password
    assert bandstand["valkey-acl"] == f"user default on >{password} ~* &* +@all"
    (cluster,) = of_kind(walk.release, "Cluster")
    assert cluster["spec"]["managed"]["roles"][0]["name"] == database.username
    assert cluster["spec"]["bootstrap"]["initdb"]["database"] == database.path.lstrip("/")


def test_workers_may_reach_the_mail_server(walk: Walk):
    mail = urlsplit(walk.secrets["bandstand"]["email-url"])
    (policy,) = [
        each for each in of_kind(walk.release, "NetworkPolicy") if each["metadata"]["name"].endswith("-worker")
    ]
    allowed = [rule for rule in policy["spec"]["egress"] if {"protocol": "TCP", "port": mail.port} in rule["ports"]]
    (rule,) = allowed
    for peer in rule.get("to", []):
        wanted = peer["podSelector"]["matchLabels"].items()
        assert any(wanted <= pod["metadata"]["labels"].items() for _owner, pod in pod_templates(tuple(walk.objects)))


def test_bandstand_starts_with_what_it_is_given(walk: Walk):
    there = {**walk.secrets["bandstand"], "owner-uri": "postgresql://bandstand_owner:x@bandstand-database-rw/bandstand"}
    for owner, pod in pod_templates(walk.release):
        for container in containers(pod):
            if container["name"] == "valkey":
                continue
            given = {each["name"]: each["value"] for each in container["env"]}
            for name in [name for name in given if given[name].startswith(HELD)]:
                given[name.removesuffix("_FILE")] = there[given.pop(name).removeprefix(HELD)]
            environment = Environment.read(given)
            assert environment.is_production, owner


def test_what_is_applied_is_valid_and_as_hardened_as_the_chart():
    walk = walked("On a laptop")
    assert walk.objects
    for manifest in walk.objects:
        kubernetes_validate.validate(manifest, KUBERNETES[0], strict=True)
    for _owner, pod in pod_templates(tuple(walk.objects)):
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        for container in containers(pod):
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_readme_names_the_same_keys():
    readme = (CHART / "README.md").read_text()
    keys = set(re.findall(r"--from-literal=([a-z-]+)=", readme))
    assert keys == walked("On a cluster with its own PostgreSQL and Valkey", "production").secrets["bandstand"].keys()


def test_no_page_upgrades_with_the_defaults_of_the_old_chart():
    """--reuse-values leaves out what the new chart has added; templates then find nothing where a value should be."""
    pages = [CHART / "README.md", CHART / "templates" / "NOTES.txt", *(ROOT / "docs").rglob("*.md")]
    commands = [text for page in pages for text in re.findall(r"helm upgrade[^`]*", page.read_text())]
    assert any(" --reset-then-reuse-values" in text for text in commands)
    assert [text for text in commands if " --reuse-values" in text] == []
