"""An upgrade as the chart does it, with real processes under load: nobody gets an error, no job is lost."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.upgrade.installation import Installation, wait
from tests.upgrade.test_backups import bands, doing
from tests.upgrade.versions import ROOT, Version, new_version, old_version
from tests.upgrade.visitors import PAGES, Visitors
from tests.upgrade.way_in import WayIn

pytestmark = pytest.mark.upgrade

PORTALS = 12
WEBS = 2
PRE_STOP_SECONDS = 2
QUIET_SECONDS = 5
ENOUGH = 150  # requests
UNFINISHED = """
    SELECT kind, state, attempts, run_at, error, count(*), min(key) FROM jobs_job
    WHERE state IN ('waiting', 'admitted', 'running') AND run_at < now() + interval '10 minutes' GROUP BY 1, 2, 3, 4, 5
"""
TEAM = str(ROOT / "tests" / "upgrade" / "team.py")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with Installation(tmp_path) as running:
        yield running


def test_an_upgrade_under_load_fails_no_request_and_loses_no_job(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = old_version(tmp_path), new_version(tmp_path)
    installation.migrate(old)
    hosts = installation.run(old, TEAM, "portals", str(PORTALS)).split()
    way_in = WayIn()
    webs = start_old(installation, old, way_in)
    visitors = Visitors(way_in.port, hosts)
    early = Team(installation, "early", old)
    wait(lambda: len(visitors.seconds["before"]) >= ENOUGH, 120, "pages of the old version")

    visitors.phase = "migrating"
    migrated = installation.migrate(new)
    visitors.phase = "between"  # the schemas are new, all processes are old
    time.sleep(QUIET_SECONDS)
    visitors.phase = "rolling"
    exits, _webs = roll_out(installation, old, new, way_in, webs)
    late = Team(installation, "late", new)
    early.end()
    visitors.phase = "after"
    wait(lambda: len(visitors.seconds["after"]) >= ENOUGH, 120, "pages of the new version")
    late.end()
    visitors.stop()
    wait_for_jobs(installation)

    with capsys.disabled():
        told = f"migrating took {migrated:.1f} s; meanwhile {early.done}, then {late.done}"
        print(f"\n{visitors.table()}\n{told}")  # noqa: T201
    assert visitors.failures == []
    assert set(exits.values()) == {0}, exits
    assert way_in.lost_readiness == []
    states = dict(installation.all("SELECT state, count(*) FROM jobs_job WHERE created_by = 'upgrade' GROUP BY 1"))
    assert states == {"done": early.done["jobs"] + late.done["jobs"]}
    made = [host for (host,) in installation.all("SELECT domain FROM organizations_domain")]
    assert len(made) == PORTALS + early.done["portals"] + late.done["portals"]
    installation.run(new, "-m", "django", "check_tenants")
    assert members_and_without_person(installation) == (early.done["members"] + late.done["members"], 0)
    look_at_each(way_in, made)
    way_in.close()


def test_a_rollback_under_load_fails_no_request_and_loses_no_backup(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What old code saves after the new `migrate` is proven and restored once the upgrade is tried again."""
    old, new = old_version(tmp_path), new_version(tmp_path)
    installation.migrate(old)
    hosts = installation.run(old, TEAM, "portals", str(PORTALS)).split()
    (filled,) = doing(installation, old, ["fill", "treasured"])
    assert filled.ok, filled
    way_in = WayIn()
    webs = start_old(installation, old, way_in)
    visitors = Visitors(way_in.port, hosts, longest=1800)
    early = Team(installation, "early", old)
    wait(lambda: len(visitors.seconds["before"]) >= ENOUGH, 120, "pages of the old version")

    visitors.phase = "upgrading"
    installation.migrate(new)
    exits, webs = roll_out(installation, old, new, way_in, webs)
    by_new = saved(installation, new)
    visitors.phase = "rolling back"
    back, webs = roll_out(installation, new, old, way_in, webs)
    by_old = saved(installation, old)
    visitors.phase = "upgrading again"
    installation.migrate(new)
    again, webs = roll_out(installation, old, new, way_in, webs)
    early.end()
    restored = doing(
        installation,
        new,
        ["verify_backup", "_platform", "portal0", "portal1"],  # others may have signed up since
        ["verify_backup", by_new, by_old],
        ["restore_tenant", by_old, "--replace"],
        ["restore_tenant", by_old, "--slug", "treasured-old"],
        ["restore_tenant", by_new, "--slug", "treasured-new"],
    )
    visitors.phase = "after"
    wait(lambda: len(visitors.seconds["after"]) >= ENOUGH, 120, "pages of the new version")
    visitors.stop()
    wait_for_jobs(installation)

    with capsys.disabled():
        print(f"\n{visitors.table()}\nmeanwhile {early.done}; {restored[0].said.splitlines()[-1]}")  # noqa: T201
    assert all(told.ok for told in restored), restored
    assert visitors.failures == []
    assert set((exits | back | again).values()) == {0}, (exits, back, again)
    assert way_in.lost_readiness == []
    kept = bands(installation, "treasured")
    assert bands(installation, "treasured-old") == bands(installation, "treasured-new") == kept
    installation.run(new, "-m", "django", "check_tenants")
    way_in.close()


def saved(installation: Installation, version: Version) -> str:
    """Have the nightly backup made, and return the name of the one of `treasured`."""
    everything, one = doing(installation, version, ["backup_all"], ["backup_tenant", "treasured"])
    assert everything.ok, everything
    assert one.ok, one
    return one.said


class Team:
    """A process that writes, asks for jobs and signs portals up, until it is told to end."""

    def __init__(self, installation: Installation, name: str, version: Version) -> None:
        self._installation, self._name = installation, f"team-{name}"
        self._over = installation.logs / f"{name}-over"
        self.done: dict[str, int] = {}
        installation.start(self._name, version, TEAM, "work", name, str(self._over), cwd=ROOT)
        begun = f"SELECT count(*) FROM jobs_job WHERE created_by = 'upgrade' AND key LIKE '{name}-%'"
        wait(lambda: installation.all(begun) != [(0,)], 120, f"work of the team {name}")

    def end(self) -> None:
        """Wait for its end; it says what it did."""
        self._over.touch()
        code = self._installation.processes.pop(self._name).wait(60)
        told = self._installation.log(self._name)
        assert code == 0, told
        self.done = json.loads(told.splitlines()[-1])


def start_old(installation: Installation, old: Version, way_in: WayIn) -> dict[str, int]:
    """Start all processes of the old version and return the ports of web."""
    webs = {}
    for number in range(WEBS):
        name = f"web-old-{number}"
        webs[name] = installation.start_web(name, old)
        way_in.add(webs[name])
    installation.start("worker-old", old, "-m", "bandstand_worker")
    installation.start("dispatcher-old", old, "-m", "bandstand_worker", "dispatch")
    wait(lambda: all(map(way_in.is_ready, webs.values())), 180, "readiness of the old version")
    return webs


def roll_out(
    installation: Installation, old: Version, new: Version, way_in: WayIn, webs: dict[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Replace one process after the other, as the chart's Deployments do.

    Returns the exit codes of the old ones, and the ports of the new ones of web.
    """
    was, comes = old.name.split()[0], new.name.split()[0]
    exits, ports = {}, {}
    for number, (name, old_port) in enumerate(webs.items()):
        port = ports[f"web-{comes}-{number}"] = installation.start_web(f"web-{comes}-{number}", new)
        way_in.add(port)
        wait(functools.partial(way_in.is_ready, port), 180, "readiness of the new version")
        way_in.remove(old_port)
        time.sleep(PRE_STOP_SECONDS)
        exits[name] = installation.stop(name)
    for part, arguments in (("worker", ()), ("dispatcher", ("dispatch",))):
        installation.start(f"{part}-{comes}", new, "-m", "bandstand_worker", *arguments)
        exits[f"{part}-{was}"] = installation.stop(f"{part}-{was}")
    return exits, ports


def wait_for_jobs(installation: Installation) -> None:
    """Wait until no job is left. Fails with those that are."""
    try:
        wait(lambda: installation.all(UNFINISHED) == [], 120, "the end of all jobs")
    except TimeoutError:
        pytest.fail(f"{installation.all(UNFINISHED)}\n{installation.log('worker-new')}")


def members_and_without_person(installation: Installation) -> tuple[int, int]:
    """Return how many members all portals have, and how many of them have no person of their name."""
    schemas = [schema for (schema,) in installation.all("SELECT schema_name FROM organizations_organization")]
    counted = [
        installation.all(
            "SELECT count(*), count(*) FILTER (WHERE person.name IS DISTINCT FROM member.name)"  # our own
            f' FROM "{schema}".bands_member member'
            f' LEFT JOIN "{schema}".people_person person ON person.id = member.person_id'
        )[0]
        for schema in schemas
    ]
    return sum(members for members, _alone in counted), sum(alone for _members, alone in counted)


def look_at_each(way_in: WayIn, hosts: list[str]) -> None:
    """See that new code shows each portal: those too that old code built after the migration."""
    visitors = Visitors(way_in.port, hosts, count=1)
    wait(lambda: len(visitors.seconds["before"]) >= len(PAGES) * len(hosts), 180, "a look at every portal")
    visitors.stop()
    assert visitors.failures == []
