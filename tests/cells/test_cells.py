"""Two cells, each with its own PostgreSQL, Valkey, web, worker and dispatcher, from the first sign-up to the last page.

One walk, as an operator takes it, while visitors ask for every portal's pages at the platform's cell.
"""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bandstand.devstack.processes import free_port
from tests.upgrade.installation import Installation, wait
from tests.upgrade.test_backups import doing
from tests.upgrade.versions import ROOT, Version, new_version, old_version
from tests.upgrade.visitors import Visitors

pytestmark = pytest.mark.cells

PLATFORM = "bandstand.localhost"
PORTALS = 6
ENOUGH = 60  # requests
TEAM = str(ROOT / "tests" / "upgrade" / "team.py")
ENQUEUE = """
import django; django.setup()
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import PRUNE_JOBS, PruneJobs
print(enqueue(PRUNE_JOBS, PruneJobs(), organization=None).pk)
"""


@dataclass
class Cells:
    """Both cells, the version that they run, and what was measured."""

    north: Installation
    south: Installation
    version: Version
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def both(self) -> tuple[Installation, Installation]:
        return self.north, self.south

    def start(self, cell: Installation) -> None:
        """Start all processes of a cell and wait until web is ready."""
        cell.start_web("web", self.version)
        cell.start("worker", self.version, "-m", "bandstand_worker")
        cell.start("dispatcher", self.version, "-m", "bandstand_worker", "dispatch")
        wait(lambda: ask(cell, PLATFORM, "/readyz")[0] == http.HTTPStatus.OK, 180, "readiness")

    def manage(self, cell: Installation, *command: str) -> str:
        """Run a command in a cell. Raises RuntimeError."""
        return cell.run(self.version, "-m", "django", *command)

    def place(self, cell: Installation, *options: str) -> str:
        """Have a cell's portals placed, or moved away. Raises RuntimeError."""
        name, other = ("south", self.south) if cell is self.north else ("north", self.north)
        return self.manage(cell, "place_tenants", "--cell", f"{name}={other.through(self.version)}", *options)

    def move(self, slug: str, cell: Installation) -> str:
        """Move a portal out of a cell. Raises RuntimeError."""
        name, other = ("south", self.south) if cell is self.north else ("north", self.north)
        return self.manage(cell, "move_tenant", slug, "--to", name, "--through", other.through(self.version))

    @contextmanager
    def timed(self, what: str, count: int = 1) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.figures[what] = f"{(time.monotonic() - begun) / count:.1f} s"


def ask(cell: Installation, host: str, path: str) -> tuple[int, str]:
    """Return status and Retry-After; 0 where nobody answers."""
    link = http.client.HTTPConnection("127.0.0.1", cell.port, timeout=30)
    try:
        link.request("GET", path, headers={"Host": host})
        answer = link.getresponse()
        answer.read()
    except OSError:
        return 0, ""
    else:
        return answer.status, answer.getheader("Retry-After", "")
    finally:
        link.close()


def living_in(cell: Installation) -> set[str]:
    return {slug for (slug,) in cell.all("SELECT slug FROM organizations_organization WHERE state = 'active'")}


@pytest.fixture
def cells(tmp_path: Path) -> Iterator[Cells]:
    ports = {"north": free_port(), "south": free_port()}
    others = {name: f"{name}=http://127.0.0.1:{port}" for name, port in ports.items()}
    made = []
    with ExitStack() as stack:
        for name, other in (("north", "south"), ("south", "north")):
            (tmp_path / name).mkdir()
            cell = Installation(tmp_path / name, cell=name, port=ports[name], others=others[other])
            made.append(stack.enter_context(cell))
        walk = Cells(*made, old_version(tmp_path))
        with walk.timed("migrating, a cell", 2):
            for cell in made:
                cell.migrate(walk.version)
        for cell in made:
            walk.start(cell)
        yield walk


def test_the_life_of_two_cells(cells: Cells, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hosts = cells.north.run(cells.version, TEAM, "portals", str(PORTALS)).split()
    slugs = {host.partition(".")[0] for host in hosts}
    visitors = Visitors(cells.north.port, hosts, longest=1800)

    def under_load(phase: str) -> None:
        visitors.phase = phase
        wait(lambda: len(visitors.seconds[phase]) >= ENOUGH, 180, f"pages, {phase}")

    under_load("before")
    sign_ups_are_placed_by_load(cells, slugs)
    under_load("placed")
    a_portal_moves_there_and_back(cells)
    under_load("moved")
    jobs_and_backups_are_each_cells_own(cells, slugs)
    visitors.stop()
    assert visitors.failures == []
    a_release_is_rolled_over_both(cells, new_version(tmp_path), hosts)
    one_cell_dies_and_the_other_stays(cells, slugs)
    a_cell_is_drained_and_taken_away(cells, slugs)
    with capsys.disabled():
        told = "\n".join(f"{what:<28}{figure}" for what, figure in cells.figures.items())
        print(f"\n{visitors.table()}\n{told}")  # noqa: T201


def sign_ups_are_placed_by_load(cells: Cells, slugs: set[str]) -> None:
    north, south = cells.both
    with cells.timed("placing, a portal", PORTALS // 2):
        cells.place(north, "--at-most", "2")
        assert len(living_in(south)) == 2
        cells.place(north)
    assert len(living_in(north)) == len(living_in(south)) == PORTALS // 2
    assert living_in(north) | living_in(south) == slugs
    assert "0 moved" in cells.place(north)


def a_portal_moves_there_and_back(cells: Cells) -> None:
    north, south = cells.both
    slug = min(living_in(south))
    with pytest.raises(RuntimeError, match="never confirmed"):
        cells.move(slug, south)
    cells.manage(north, "move_tenant", slug, "--confirm")
    told = cells.move(slug, south)
    cells.figures["moving, read-only for"] = told.partition("read-only for ")[2].partition(". What")[0]
    assert slug in living_in(north)
    cells.manage(south, "move_tenant", slug, "--confirm")
    cells.move(slug, north)
    assert slug in living_in(south)


def jobs_and_backups_are_each_cells_own(cells: Cells, slugs: set[str]) -> None:
    for cell in cells.both:
        a_job_is_done(cell, cells.version)
        with cells.timed("backups, a cell"):
            cells.manage(cell, "backup_all")
        cells.manage(cell, "verify_backup", "--max-age-hours", "1")
        archives = " ".join(str(path) for path in (cell.logs / "backups").rglob("*"))
        own = living_in(cell)
        schemas = dict(cell.all("SELECT slug, schema_name FROM organizations_organization"))
        saved = {slug for slug in slugs if slug in archives or schemas.get(slug, "no schema") in archives}
        assert saved == own, archives


def a_job_is_done(cell: Installation, version: Version) -> None:
    """See that a cell's own dispatcher and worker do its jobs."""
    number = int(cell.run(version, "-c", ENQUEUE))
    wait(lambda: cell.all(f"SELECT state FROM jobs_job WHERE id = {number}") == [("done",)], 60, "the end of a job")


def a_release_is_rolled_over_both(cells: Cells, new: Version, hosts: list[str]) -> None:
    """Old code serves on in between, both cells' portals; nothing moves between two releases."""
    north, south = cells.both
    for cell in cells.both:
        cell.migrate(new)
    assert {ask(north, host, "/bands/")[0] for host in hosts} == {200}
    cells.version = new
    exits = [south.stop(name) for name in list(south.processes)]
    cells.start(south)
    assert {ask(north, host, "/bands/")[0] for host in hosts} == {200}
    exits += [north.stop(name) for name in list(north.processes)]
    cells.start(north)
    assert set(exits) == {0}
    assert {ask(north, host, "/bands/")[0] for host in hosts} == {200}
    for cell in cells.both:
        cells.manage(cell, "check_tenants")


def one_cell_dies_and_the_other_stays(cells: Cells, slugs: set[str]) -> None:
    north, south = cells.both
    dead = living_in(south)
    for name in list(south.processes):
        process = south.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)  # its children, too
        process.wait()
    south.valkey.stop()
    south.postgres.stop()

    with cells.timed("a page beside a dead cell", len(slugs)):
        found = {slug: ask(north, f"{slug}.{PLATFORM}", "/") for slug in slugs}
    assert {slug for slug, (status, again) in found.items() if status == 503 and again} == dead, found
    assert {slug for slug, (status, _again) in found.items() if status == 200} == slugs - dead
    assert ask(north, PLATFORM, "/")[0] == ask(north, PLATFORM, "/readyz")[0] == 200
    (told,) = doing(north, cells.version, ["fill", "late"])  # people go on signing up
    assert told.ok, told
    with pytest.raises(RuntimeError, match="south"):
        cells.place(north)
    assert "late" in living_in(north)
    assert ask(north, f"late.{PLATFORM}", "/")[0] == 200
    a_job_is_done(north, cells.version)

    with cells.timed("starting a cell again"):
        south.postgres.start(south.postgres.port)
        south.valkey.start(south.valkey.port)
        cells.start(south)
    assert {ask(north, f"{slug}.{PLATFORM}", "/")[0] for slug in slugs} == {200}
    assert living_in(south) == dead


def a_cell_is_drained_and_taken_away(cells: Cells, slugs: set[str]) -> None:
    north, south = cells.both
    cells.place(north, "--at-most", "0", "--confirm-after-hours", "0")
    count = len(living_in(south))
    with cells.timed("draining, a portal", count):
        told = cells.place(south, "--drain")
    assert f"{count} moved, 0 live here" in told
    for cell in cells.both:
        for name in list(cell.processes):
            cell.stop(name)
    south.postgres.stop()
    north.be_alone()
    cells.start(north)
    assert living_in(north) == slugs | {"late"}
    assert {ask(north, f"{slug}.{PLATFORM}", "/bands/")[0] for slug in slugs} == {200}
    cells.manage(north, "check_tenants")
    a_job_is_done(north, cells.version)
