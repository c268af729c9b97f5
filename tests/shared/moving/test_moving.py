"""A portal moves between two real installations while people read and write."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest

from tests.shared.moving.cells import Cell

pytestmark = pytest.mark.long
Cells = tuple[Cell, Cell]


@contextmanager
def meanwhile(*habits: Callable[[], None]) -> Iterator[None]:
    """Do these over and over, each in a thread, while the block runs."""
    over = threading.Event()

    def repeat(habit: Callable[[], None]) -> None:
        while not over.is_set():
            habit()
            over.wait(0.02)

    threads = [threading.Thread(target=repeat, args=[habit]) for habit in habits]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def schema_of(cell: Cell, slug: str) -> str:
    return str(cell.rows("SELECT schema_name FROM organizations_organization WHERE slug = %s", slug)[0][0])


def log_in(cell: Cell, slug: str) -> str:
    """Return the cookies of somebody who is logged in at the portal."""
    _status, headers, _body = cell.ask("GET", "/accounts/login/", portal=slug)
    token = re.search(r"csrftoken=(\w+)", headers["set-cookie"])[1]
    form = f"csrfmiddlewaretoken={token}&login=bob@example.org&password=a-long-password"
    sent = {"Cookie": f"csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded", "body": form}
    status, headers, body = cell.ask("POST", "/accounts/login/", portal=slug, **sent)
    assert status == 302, body
    return re.search(r"sessionid=\w+", headers["set-cookie"])[0]


@dataclass
class Crowd:
    """People and programs at a portal, and what became of what they did."""

    cell: Cell
    schema: str
    reads: Counter[int] = field(default_factory=Counter)
    posts: Counter[int] = field(default_factory=Counter)
    retry_after: set[str | None] = field(default_factory=set)
    written: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(10_000, 100_000)))

    def read(self) -> None:
        self.reads[self.cell.ask("GET", "/bands/", portal="dora")[0]] += 1

    def post(self) -> None:
        status, headers, _body = self.cell.ask("POST", "/language/", portal="dora")
        self.posts[status] += 1
        if status == 503:
            self.retry_after.add(headers.get("retry-after"))

    def write(self) -> None:
        """As a process does that hasn't heard of anything."""
        number = next(self._numbers)
        statement = (
            f"INSERT INTO {self.schema}.django_session (session_key, session_data, expire_date) "
            "VALUES (%s, 'by hand', now() + interval '1 day')"
        )
        try:
            with psycopg.connect(self.cell.url) as link:
                link.execute(statement, [str(number)])
        except psycopg.errors.InsufficientPrivilege:
            self.refused.append(number)
        else:
            self.written.append(number)


def test_it_moves_while_people_read_and_write(cells: Cells) -> None:
    north, south = cells
    schema = schema_of(north, "dora")
    uid = north.rows("SELECT uid FROM organizations_organization WHERE slug = 'dora'")
    cookies = log_in(north, "dora")
    assert north.ask("GET", "/backstage/", portal="dora", Cookie=cookies)[0] == 200
    crowd = Crowd(north, schema)
    north.rows(
        "INSERT INTO organizations_domain (domain, is_primary, created_at, tenant_id)"
        " SELECT 'doras-first.bandstand.localhost', false, now(), id FROM organizations_organization"
        " WHERE slug = 'dora' RETURNING id"
    )

    with meanwhile(crowd.read, crowd.post, crowd.write):
        time.sleep(0.5)
        told = north.run("move_tenant", "dora", "--to", "south", "--through", south.through())
        time.sleep(0.5)

    assert "50 files compared" in told
    assert set(crowd.reads) == {200}, crowd.reads
    assert set(crowd.posts) == {302, 503}, "before and after, a choice of language; in between, a page that says why"
    assert crowd.retry_after == {"10"}
    assert crowd.written
    assert crowd.refused
    assert sum(name.startswith("originals/") for name in south.contents_of(schema)) == 50
    assert (north.state_of("dora"), south.state_of("dora")) == ("moved", "active")
    assert south.contents_of(schema) == north.contents_of(schema), "what was left behind is what went along"
    assert south.rows("SELECT uid FROM organizations_organization WHERE slug = 'dora'") == uid
    kept = south.rows(f"SELECT session_key FROM {schema}.django_session WHERE session_data = 'by hand'")
    assert sorted(int(number) for (number,) in kept) == crowd.written, "nothing that was taken is lost"
    assert south.rows("SELECT kind, key, state FROM jobs_job") == [("media.process_picture", "k", "waiting")]
    assert not north.rows("SELECT * FROM jobs_job WHERE state = 'waiting'")
    assert len(south.rows("SELECT * FROM jobs_schedulemark WHERE schedule = 'send-digest'")) == 1
    assert south.rows(f"SELECT detail FROM {schema}.audit_entry WHERE act = 'moved'") == [("north → south",)]
    for cell in cells:  # whoever was logged in still is, at the same address, whichever cell is asked
        status, headers, body = cell.ask("GET", "/backstage/", portal="dora", Cookie=cookies)
        assert (status, b"Dora" in body) == (200, True)
        assert headers["content-type"].startswith("text/html")
        status, headers, _body = cell.ask("GET", "/bands/?x=1", portal="doras-first")
        assert (status, headers["location"]) == (301, "http://dora.bandstand.localhost/bands/?x=1")
    assert "csrftoken" in north.ask("GET", "/accounts/login/", portal="dora")[1]["set-cookie"]


def test_it_moves_back_once_the_first_move_was_confirmed(cells: Cells) -> None:
    """Goes on from the test before."""
    north, south = cells
    schema = schema_of(south, "dora")
    crowd = Crowd(north, schema)
    told = south.run("move_tenant", "dora", "--to", "north", "--through", north.through(), code=1)
    assert "never confirmed" in told
    assert (south.state_of("dora"), south.is_writable(schema)) == ("active", True)

    north.run("move_tenant", "dora", "--confirm")

    assert north.contents_of(schema) == {}
    assert north.rows("SELECT domain FROM organizations_domain ORDER BY id") == [
        ("dora.bandstand.localhost",),
        ("doras-first.bandstand.localhost",),
    ]
    assert north.ask("GET", "/bands/", portal="dora")[0] == 200
    before = south.contents_of(schema)
    # As if each cell had drawn one when it was upgraded: the one of the portal that lives counts.
    south.rows(
        "SELECT set_config('bandstand.uid_is_carried', 'on', false);"
        " UPDATE organizations_organization SET uid = public.uuid7() WHERE slug = 'dora' RETURNING uid"
    )
    uid = south.rows("SELECT uid FROM organizations_organization WHERE slug = 'dora'")
    with meanwhile(crowd.read):
        south.run("move_tenant", "dora", "--to", "north", "--through", north.through())
    assert set(crowd.reads) == {200}, crowd.reads
    assert (north.state_of("dora"), south.state_of("dora")) == ("active", "moved")
    assert north.contents_of(schema) == before
    assert north.rows("SELECT uid FROM organizations_organization WHERE slug = 'dora'") == uid
    assert south.ask("GET", "/bands/", portal="dora")[0] == 200
    assert "confirmed" in north.run("move_tenant", "--status")


def test_it_refuses_before_anything_happens(cells: Cells) -> None:
    north, south = cells
    north.run("tests.shared.moving.filling", "1", "1", "anton")
    south.run("tests.shared.moving.filling", "1", "1", "anton")

    def refusal(*options: str) -> str:
        told = north.run("move_tenant", "anton", *options, code=1)
        assert (north.state_of("anton"), north.is_writable(schema_of(north, "anton"))) == ("active", True)
        return told

    assert "another portal has the address anton" in refusal("--to", "south", "--through", south.through())
    assert "BANDSTAND_CELLS" in refusal("--to", "east", "--through", "true")
    assert "Say by --through" in refusal("--to", "south")
    assert "south went away without an answer" in refusal("--to", "south", "--through", "true")
    assert "this is the cell north" in refusal("--to", "south", "--through", north.through())
    other_key = south.through_a_shell(SECRET_KEY="another-key-for-the-same-platform-is-refused-at-once")
    north.run("tests.shared.moving.filling", "1", "1", "berta")
    assert "another SECRET_KEY" in north.run("move_tenant", "berta", "--to", "south", "--through", other_key, code=1)
    assert (north.state_of("berta"), south.state_of("berta")) == ("active", "")
    assert "no finished move" in refusal("--confirm")

    behind = "UPDATE organizations_organization SET lacks_migrations = %s WHERE slug = 'anton' RETURNING 1"
    north.rows(behind, "of a release whose migrate has run")
    assert "anton lacks migrations: run" in refusal("--to", "south", "--through", south.through())
    north.rows(behind, "")
    # After a rollback the code is the same, and the schemas aren't.
    [(history,)] = south.rows("SELECT history FROM organizations_schematemplate")
    stands = "UPDATE organizations_schematemplate SET history = %s RETURNING 1"
    south.rows(stands, "of a release whose migrate has run")
    other = north.run("move_tenant", "berta", "--to", "south", "--through", south.through(), code=1)
    south.rows(stands, history)
    assert "south has other migrations" in other
    assert north.state_of("berta") == "active"
