"""compose.yaml runs the images as the chart does, and sets what Bandstand reads."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from bandstand.devstack.places import state_folder
from bandstand.devstack.postgres import Postgres
from bandstand.settings.environment import Environment
from tests.deploy.rendering import ROOT
from tests.required_tools import require

OURS = ("migrate", "web", "worker", "dispatcher", "backup", "manage", "restore")
COMPOSE = ROOT / "deploy" / "compose"
PUBLIC = {
    "BANDSTAND_DOMAIN": "bands.example.org",
    "BANDSTAND_MEDIA_DOMAIN": "bands-files.example.net",
    "BANDSTAND_CERTIFICATES": "public",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


def prepare(folder: Path, *arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run what compose runs first, with `folder` for its volumes."""
    return subprocess.run(
        [sys.executable, COMPOSE / "prepare.py", *arguments],
        env={**os.environ, "KEYS": str(folder), "BANDSTAND_DOMAIN": "bandstand.localhost", **environment},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def secrets_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def default(value: str) -> str:
    """Return what compose makes of a value when nothing is set: ${NAME:-this}."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


@pytest.mark.parametrize("name", ["postgres", "roles", "valkey", "valkey-pages", "mail", "caddy", "prepare", *OURS])
def test_every_service_runs_hardened(services, name):
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name in OURS:
        assert service["tmpfs"][0].startswith("/tmp:noexec")  # noqa: S108 - inside the container


@pytest.mark.parametrize("name", OURS)
def test_variables_are_those_that_bandstand_reads(services, name, tmp_path):
    known = {field.metadata["name"] for field in fields(Environment)}
    given = {key: default(value) for key, value in services[name]["environment"].items()}
    given = {key: value for key, value in given.items() if key not in {"BACKUP_TIME", "BACKUP_KEEP_DAYS"}}
    assert {key.removesuffix("_FILE") for key in given} <= known
    assert prepare(tmp_path).returncode == 0
    for variable, path in given.items():
        if variable.endswith("_FILE"):
            place = path.replace("/run/keys", str(tmp_path / "bandstand")).replace(
                "/run/owner-keys", f"{tmp_path}/owner"
            )
            given[variable] = place
    Environment.read(given)


def test_no_secret_has_a_default_and_each_installation_makes_its_own(services, tmp_path):
    secret = re.compile("PASSWORD|KEY|DATABASE_URL|REDIS_URL")
    for service in services.values():
        found = {name for name in service.get("environment", {}) if secret.search(name)}
        assert {name for name in found if not name.endswith("_FILE")} == set()
    for name in ("one", "another"):
        assert prepare(tmp_path / name).returncode == 0
    one, another = secrets_in(tmp_path / "one"), secrets_in(tmp_path / "another")

    assert set(one) == set(another)
    assert {name for name in one if one[name] == another[name]} == set()
    passwords = [one[f"postgres/{role}-password"] for role in ("superuser", "owner", "runtime")]
    assert len({*passwords, one["valkey/password"]}) == 4
    assert prepare(tmp_path / "one").returncode == 0
    assert secrets_in(tmp_path / "one") == one, "a second start makes none again"


def test_addresses_follow_passwords_that_were_removed_or_lost(tmp_path):
    assert prepare(tmp_path).returncode == 0
    before = secrets_in(tmp_path)
    for name in ("postgres/owner-password", "postgres/runtime-password", "valkey/password"):
        (tmp_path / name).unlink()
    assert prepare(tmp_path).returncode == 0

    after = secrets_in(tmp_path)
    assert after["postgres/owner-password"] in after["owner/database-url"]
    assert after["postgres/runtime-password"] in after["bandstand/database-url"]
    assert after["valkey/password"] in after["bandstand/redis-url"]
    assert after["valkey/password"] in after["bandstand/page-cache-url"]
    assert after["valkey/password"] in after["valkey/valkey.conf"]
    assert after["valkey/password"] in after["valkey/valkey-pages.conf"]
    kept = {"bandstand/secret-key", "bandstand/backup-key", "postgres/superuser-password"}
    assert {name for name in before if before[name] == after[name]} == kept


def test_only_who_needs_a_secret_can_read_it(services):
    readers = {
        "keys": {"prepare", "web", "worker", "dispatcher", "migrate", "backup", "manage", "restore"},
        "owner-keys": {"prepare", "migrate", "restore"},
        "postgres-keys": {"prepare", "postgres", "roles"},
        "valkey-keys": {"prepare", "valkey", "valkey-pages"},
    }
    for volume, names in readers.items():
        mounts = {name: [mount.split(":")[0] for mount in each.get("volumes", [])] for name, each in services.items()}
        assert {name for name, volumes in mounts.items() if volume in volumes} == names


def test_only_migrations_and_restores_are_the_owner(services):
    owners = {name for name in OURS if "owner" in services[name]["environment"]["DATABASE_URL_FILE"]}
    assert owners == {"migrate", "restore"}


def test_the_database_and_valkey_stand_on_a_network_without_a_way_out(services):
    networks = yaml.safe_load((ROOT / "compose.yaml").read_text())["networks"]
    assert networks["inside"]["internal"] is True
    assert services["postgres"]["networks"] == services["valkey"]["networks"] == ["inside"]
    assert services["valkey-pages"]["networks"] == ["inside"]
    assert services["prepare"]["network_mode"] == services["roles"]["network_mode"] == "none"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"EMAIL_URL": "smtp://mail:1025"}, "EMAIL_URL"),
        ({"BANDSTAND_CERTIFICATES": "local"}, "BANDSTAND_CERTIFICATES"),
        ({"BANDSTAND_MEDIA_DOMAIN": "bandstand-files.localhost"}, "BANDSTAND_MEDIA_DOMAIN"),
        ({"BANDSTAND_DOMAIN": "bands"}, "BANDSTAND_DOMAIN"),
    ],
)
def test_it_never_serves_the_internet_with_settings_of_a_trial(tmp_path, wrong, said):
    refused = prepare(tmp_path, **{**PUBLIC, **wrong})

    assert refused.returncode == 1
    assert said in refused.stderr
    assert secrets_in(tmp_path) == {}
    assert prepare(tmp_path, **PUBLIC).returncode == 0


def test_what_is_kept_starts_another_machine_and_overwrites_nothing(tmp_path):
    prepare(tmp_path / "old")
    kept = prepare(tmp_path / "old", "--show").stdout
    assert prepare(tmp_path / "new", "--take", text=kept).returncode == 0
    prepare(tmp_path / "new")

    old, new = secrets_in(tmp_path / "old"), secrets_in(tmp_path / "new")
    same = {name for name in old if old[name] == new[name]}
    assert same == {"bandstand/secret-key", "bandstand/backup-key"}
    prepare(tmp_path / "third")
    third = secrets_in(tmp_path / "third")
    assert prepare(tmp_path / "third", "--take", text=kept).returncode == 1
    assert secrets_in(tmp_path / "third") == third
    assert prepare(tmp_path / "fourth", "--take", text="secret-key=x").returncode == 1
    assert secrets_in(tmp_path / "fourth") == {}


@pytest.fixture
def server():
    folder = state_folder("test-compose")
    found = Postgres(folder, durable=False)
    found.start()
    with psycopg.connect(found.url("postgres"), autocommit=True) as database:
        database.execute("DROP ROLE bandstand, bandstand_owner")
        database.execute("CREATE DATABASE bandstand")
    yield found
    found.stop()
    shutil.rmtree(folder)


def run_roles(server, keys):
    address = psycopg.conninfo.conninfo_to_dict(server.url("postgres"))
    connection = {f"PG{name.upper()}": address[name] for name in ("host", "port", "password")}
    path = f"{server.pg_dump.parent}:{os.environ['PATH']}"
    command = ["sh", COMPOSE / "roles.sh"]
    environment = {**os.environ, **connection, "PATH": path, "KEYS": str(keys)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_roles_get_their_rights_and_new_passwords_at_each_start(tmp_path, server):
    keys = tmp_path / "keys"
    for _start in range(2):
        prepare(keys)
        superuser = keys / "postgres" / "superuser-password"
        superuser.chmod(0o644)
        superuser.write_text(psycopg.conninfo.conninfo_to_dict(server.url("postgres"))["password"])
        done = run_roles(server, keys / "postgres")
        assert done.returncode == 0, done.stderr
        address = psycopg.conninfo.conninfo_to_dict(server.url("postgres", "bandstand"))
        for role, file in (("bandstand_owner", "owner-password"), ("bandstand", "runtime-password")):
            password = (keys / "postgres" / file).read_text()
            with psycopg.connect(**{**address, "user": role, "password": password}) as database:
                may = "SELECT has_schema_privilege('public', 'CREATE'), pg_has_role('bandstand', 'MEMBER')"
                assert database.execute(may).fetchone() == (role == "bandstand_owner", True)
                assert password not in server.log.read_text()
        shutil.rmtree(keys)


@pytest.mark.parametrize("certificates", ["local", "public", "files"])
def test_caddy_reads_its_settings(certificates):
    done = subprocess.run(
        [require("caddy"), "adapt", "--config", COMPOSE / "caddy" / "Caddyfile"],
        env={
            **os.environ,
            "BANDSTAND_CERTIFICATES": certificates,
            "BANDSTAND_DOMAIN": "bands.example.org",
            "BANDSTAND_MEDIA_DOMAIN": "files.example.net",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    automation = json.loads(done.stdout)["apps"]["tls"]["automation"]
    assert automation["on_demand"]["ask"] == "http://web:8000/tls-ask"
    assert any(policy.get("on_demand") for policy in automation["policies"])
    assert ("*.bands.example.org" in done.stdout) is (certificates != "public")


@pytest.mark.parametrize(("now", "seconds"), [("03:00:00", 600), ("03:10:00", 86400), ("23:10:00", 14400)])
def test_nights_come_once_a_day(tmp_path, now, seconds):
    """With a clock and commands that write down how they were called, instead of waiting for a night."""
    clock = tmp_path / "date"
    clock.write_text(f'#!/bin/sh\nexec /bin/date -u -d "2027-03-01 ${{3:-{now}}}" +%s\n')
    for name, ending in (("sleep", "0"), ("django-admin", "1")):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/called\nexit {ending}\n')
    (tmp_path / "touch").write_text(f"#!/bin/sh\necho failed >> {tmp_path}/called\nkill $PPID\n")
    for command in tmp_path.iterdir():
        command.chmod(0o755)

    subprocess.run(["sh", COMPOSE / "nightly.sh"], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, timeout=10, check=False)

    assert (tmp_path / "called").read_text().splitlines() == [
        f"sleep {seconds}",
        "django-admin backup_all --keep-days 30",
        "failed",
    ]


def test_every_file_that_is_mounted_exists(services):
    for service in services.values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                assert (ROOT / volume.split(":")[0]).exists()


@pytest.mark.parametrize("name", ["web", "worker", "dispatcher"])
def test_a_slow_start_is_no_failure(services, name):
    """`up --wait` gives up on the first service that is called unhealthy: workers took longer than three probes."""
    assert int(services[name]["healthcheck"]["start_period"].removesuffix("s")) >= 120


def test_images_are_built_under_their_version_and_say_it(services):
    """So that the version before is still there to go back to, and logs say which one runs."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name in ("prepare", *OURS):
        built = services[name]
        service = "web" if name in {"web", "migrate"} else "worker"
        assert default(built["image"]) == f"localhost/bandstand/{service}:{version}", name
        assert default(built["build"]["args"]["VERSION"]) == version, name
        assert built["build"]["dockerfile"] == f"services/{service}/Dockerfile", name


def test_nothing_but_the_way_in_is_open_to_others(services):
    opened = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert opened == {"caddy": ["443:443", "80:80"], "mail": ["127.0.0.1:8025:8025"]}
