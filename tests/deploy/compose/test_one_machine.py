"""docs/one-machine.md, acted out with real containers: installing, upgrading, backing up, restoring, refusing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Self

import pytest

from deploy.images import engine
from tests.deploy.compose.machine import HOST, Machine
from tests.deploy.compose.walk import BAND, page_on, publish_a_band, sees_the_picture, sign_up
from tests.required_tools import MISSING

TAG = os.environ.get("BANDSTAND_IMAGE_TAG", "dev")
NEXT = f"{TAG}-next"
SERVICES = ("web", "worker")
ALWAYS = {"postgres", "valkey", "mail", "web", "worker", "dispatcher", "backup", "caddy"}
ONCE = {"prepare", "roles", "migrate"}
OURS = {"web", "worker", "dispatcher", "backup"}


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    try:
        words = engine()
    except LookupError as problem:
        pytest.skip(f"{MISSING}{problem}")
    if subprocess.run([*words, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip(f"{MISSING}Compose, version 2.24 or newer")
    images = [f"localhost/bandstand/{name}:{TAG}" for name in SERVICES]
    if subprocess.run([*words, "image", "inspect", *images], capture_output=True, check=False).returncode:
        pytest.fail("build the images first: make images")


@pytest.fixture(scope="module")
def backups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the machine, as the docs say: it belongs to the user that the containers run as."""
    folder = tmp_path_factory.mktemp("backups")
    folder.chmod(0o777)
    for parent in list(folder.parents)[:2]:
        parent.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, backups: Path) -> Iterator[Machine]:
    """An installation with a portal, a published band and its picture."""
    folder = tmp_path_factory.mktemp("machine")
    found = Machine(folder, "one", TAG, backups)
    try:
        found.ok("up", "--detach", "--wait", "--no-build")
        with page_on(found) as page:
            sign_up(found, page, "dora")
            publish_a_band(page, folder / "band.jpg")
        yield found
    finally:
        found.remove()


def test_it_installs_with_one_command_and_runs_hardened(machine: Machine) -> None:
    found = machine.containers()
    assert found.keys() == ALWAYS | ONCE
    assert {name: found[name]["State"]["ExitCode"] for name in ONCE} == dict.fromkeys(ONCE, 0)
    for name in ALWAYS:
        state, limits = found[name]["State"], found[name]["HostConfig"]
        assert state["Running"], name
        assert state.get("Health", {"Status": "healthy"})["Status"] == "healthy", name
        assert limits["ReadonlyRootfs"], name
        assert limits["CapDrop"] == ["ALL"], name
        assert limits["PidsLimit"] == 200, name
    for name in OURS:
        status = machine.ok("exec", "--no-TTY", name, "cat", "/proc/1/status")
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert facts["Uid"].split() == ["10001"] * 4, name
        assert (int(facts["CapEff"], 16), facts["NoNewPrivs"]) == (0, "1"), name


def test_a_visitor_sees_the_band_and_its_picture_over_checked_tls(machine: Machine) -> None:
    status, page = machine.get(f"dora.{HOST}", "/bands/the-containers/")
    assert (status, BAND in page) == (200, True)
    assert machine.get(f"nobody.{HOST}")[0] == 404
    with page_on(machine) as browser:
        assert sees_the_picture(browser, "dora")


def test_the_database_and_valkey_reach_nothing_outside(machine: Machine) -> None:
    for name in ("postgres", "valkey"):
        networks = machine.containers()[name]["NetworkSettings"]["Networks"]
        assert [each.rpartition("_")[2] for each in networks] == ["inside"], name
        assert not any(each["Gateway"] for each in networks.values()), name


def test_commands_of_the_manual_run_beside_it(machine: Machine) -> None:
    machine.run("manage", "check_tenants")
    words = "eight-days-a-week"  # for an installation that is gone in a minute
    machine.run(
        "--env",
        f"DJANGO_SUPERUSER_PASSWORD={words}",
        "manage",
        "createsuperuser",
        "--no-input",
        "--email=root@example.org",
    )
    machine.run("manage", "backup_all")
    machine.run("manage", "verify_backup", "--sample", "20")


def test_an_upgrade_keeps_everything_and_the_way_back_is_open(machine: Machine) -> None:
    for service in SERVICES:
        image = f"localhost/bandstand/{service}"
        recipe = f"FROM {image}:{TAG}\nENV BANDSTAND_RELEASE={NEXT}\n"
        subprocess.run([*engine(), "build", "--tag", f"{image}:{NEXT}", "-"], input=recipe.encode(), check=True)
    for version in (NEXT, TAG):
        machine.set(BANDSTAND_VERSION=version)
        machine.run("manage", "backup_all")
        with Visitor(machine, "/bands/the-containers/") as visitor:
            machine.run("--no-deps", "migrate")
        assert (visitor.asked > 0, visitor.refused) == (True, 0)
        with Visitor(machine, "/bands/the-containers/") as visitor:
            machine.ok("up", "--detach", "--wait", "--no-build")
        sys.stdout.write(f"{version}: no page for {visitor.longest:.0f} s while services were replaced\n")

        running = {name: machine.containers()[name]["Config"]["Image"].rpartition(":")[2] for name in OURS}
        assert running == dict.fromkeys(OURS, version)
        assert BAND in machine.get(f"dora.{HOST}", "/bands/the-containers/")[1]


class Visitor(threading.Thread):
    """Asks for a page of Dora's again and again, as long as the block lasts."""

    def __init__(self, machine: Machine, path: str) -> None:
        super().__init__(daemon=True)
        self._machine, self._path, self._over = machine, path, threading.Event()
        self.asked = self.refused = 0
        self.longest = 0.0  # seconds from one page to the next

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Count, without ever failing itself."""
        seen = time.monotonic()
        while not self._over.is_set():
            self.asked += 1
            try:
                answered = self._machine.get(f"dora.{HOST}", self._path)[0] == HTTPStatus.OK
            except (OSError, HTTPException):
                answered = False
            now = time.monotonic()
            self.longest = max(self.longest, now - seen)
            if answered:
                seen = now
            else:
                self.refused += 1
            self._over.wait(0.2)


def test_one_portal_is_restored_from_its_newest_backup(machine: Machine) -> None:
    machine.run("manage", "restore_tenant", "dora", "--replace")
    assert BAND in machine.get(f"dora.{HOST}", "/bands/the-containers/")[1]


def test_a_publicly_known_secret_is_refused(machine: Machine) -> None:
    write = "cd /keys/bandstand; mv secret-key kept; echo change-me-please > secret-key; chmod 444 secret-key"
    machine.run("--entrypoint", "sh", "prepare", "-c", write)
    try:
        refused = machine.compose("run", "--rm", "--no-TTY", "manage", "check")
        assert refused.code != 0
        assert "SECRET_KEY" in refused.text
    finally:
        machine.run("--entrypoint", "sh", "prepare", "-c", "cd /keys/bandstand; mv -f kept secret-key")


def test_settings_of_a_trial_are_refused_for_the_internet(machine: Machine) -> None:
    refused = machine.compose("run", "--rm", "--no-TTY", "--env", "BANDSTAND_DOMAIN=bands.example.org", "prepare")
    assert refused.code == 1
    assert refused.text.count("not started: ") == 3


def test_all_passwords_are_made_anew(machine: Machine) -> None:
    password = ("exec", "--no-TTY", "web", "cat", "/run/keys/database-url")
    before = machine.ok(*password)
    machine.ok("down")
    files = "rm -f /keys/postgres/* /keys/valkey/*"
    machine.run("--entrypoint", "sh", "prepare", "-c", files)
    machine.ok("up", "--detach", "--wait", "--no-build")
    assert machine.ok(*password) != before
    assert BAND in machine.get(f"dora.{HOST}", "/bands/the-containers/")[1]


def test_everything_is_restored_on_another_machine(machine: Machine, backups: Path, tmp_path: Path) -> None:
    """The last test: the first machine is gone afterwards."""
    machine.run("manage", "backup_all")
    keys = machine.run("prepare", "--show")
    machine.remove()
    another = Machine(tmp_path, "another", TAG, backups)
    try:
        another.run("prepare", "--take", text=keys)
        another.run("migrate")
        another.run("restore")
        another.ok("up", "--detach", "--wait", "--no-build")
        with page_on(another) as page:
            assert sees_the_picture(page, "dora")
    finally:
        another.remove()
