"""Pages live long only while no change can be missed: writers are killed, stores restart empty, replicas take over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band
from bandstand.database import content_version
from bandstand.database.content_version import WATCH, WRITERS, VersionChange
from bandstand.devstack.valkey import Valkey
from bandstand.organizations.models import UnannouncedChange
from bandstand_web.pagecache import store as page_store
from bandstand_worker import page_watch
from bandstand_worker.ledger import connect
from bandstand_worker.page_watch import WORD_LIVES, PageWatch
from tests import prepared
from tests.conftest import Portal
from tests.waiting import wait_until
from tests.web.pagecache.conftest import BAND
from tests.web.pagecache.renaming import POINTS

HOUR = 3600.0


class Clock(SimpleNamespace):
    """What time it is for the watch and for the cache of pages, in seconds later than it is."""

    later = 0.0

    def pass_by(self, seconds: float) -> None:
        self.later += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    moment, counter = page_store.time.time, page_watch.monotonic
    monkeypatch.setattr(page_store, "time", SimpleNamespace(**vars(page_store.time)))
    monkeypatch.setattr(page_store.time, "time", lambda: moment() + made.later)
    monkeypatch.setattr(page_watch, "monotonic", lambda: counter() + made.later)
    return made


@pytest.fixture
def watch(alice: Portal, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[PageWatch]:
    """The dispatcher's watch, before its first round."""
    monkeypatch.setattr(settings, "PAGE_CACHE_SECONDS", 24 * 3600)
    monkeypatch.setattr(
        "bandstand_web.pagecache.pages.AnonymousPage.end_of_life", lambda _page, now: now.timestamp() + 24 * HOUR
    )
    UnannouncedChange.objects.all().delete()
    link = connect(name="watch")
    made = PageWatch(link)
    made.clock = clock  # type: ignore[attr-defined]
    yield made
    link.close()
    UnannouncedChange.objects.all().delete()


def word() -> Any:
    return content_version.client().get(WATCH)


def give_word(watch: PageWatch, clock: Clock) -> bytes:
    """Make as many rounds as it takes from the first one on; return the word."""
    assert word() is None
    watch.round()
    assert word() is None
    return give_word_once_noticed(watch, clock)


def give_word_once_noticed(watch: PageWatch, clock: Clock) -> bytes:
    clock.pass_by(WORD_LIVES)
    watch.round()
    assert word() is None
    wait_until(lambda: rounds_give(watch, word), "transactions of other tests on this server end")
    found: bytes = word()
    return found


def rounds_give(watch: PageWatch, wanted: Callable[[], Any]) -> bool:
    watch.round()
    return bool(wanted())


def made(portal: Portal, path: str = "/bands/") -> bool:
    """Whether the page had to be made, rather than being given from the cache."""
    with CaptureQueriesContext(connection) as seen:
        assert portal.client().get(path).status_code == 200
    return len(seen) > 0


def shows(portal: Portal, text: str) -> bool:
    return text in portal.client().get("/bands/").content.decode()


def rename(portal: Portal, name: str) -> None:
    with tenant_context(portal.organization):
        Band.objects.update(name=name)
    connection.set_schema_to_public()


def test_a_page_lives_for_a_day_while_it_is_watched_and_else_for_a_minute(
    alice: Portal, watch: PageWatch, clock: Clock
) -> None:
    assert made(alice)
    assert not made(alice)
    clock.pass_by(51)
    assert made(alice), "nobody watches yet"

    give_word(watch, clock)
    clock.pass_by(51)
    assert made(alice), "it was made before the watch"
    clock.pass_by(8 * HOUR)
    assert not made(alice)

    content_version.client().delete(WATCH)
    assert made(alice), "nobody watches any more"


def test_the_word_stays_while_rounds_are_made_also_by_another_dispatcher(watch: PageWatch, clock: Clock) -> None:
    given = give_word(watch, clock)
    assert 0 < content_version.client().pttl(WATCH) <= WORD_LIVES * 1000
    content_version.client().pexpire(WATCH, 1000)
    PageWatch(watch._link).round()
    assert word() == given
    assert content_version.client().pttl(WATCH) > 1000


def test_a_word_that_expired_comes_back_as_another_one(watch: PageWatch, clock: Clock) -> None:
    given = give_word(watch, clock)
    content_version.client().delete(WATCH)
    assert give_word(watch, clock) != given


def test_no_word_is_given_while_a_transaction_goes_on_whose_writer_may_be_lost(
    alice: Portal, watch: PageWatch, clock: Clock
) -> None:
    watch.round()
    with connect(name="slow") as slow:
        slow.autocommit = False
        slow.execute("SELECT pg_current_xact_id()")
        for _time in range(3):
            clock.pass_by(WORD_LIVES)
            watch.round()
            assert word() is None
        slow.rollback()
    wait_until(lambda: rounds_give(watch, word), "the transaction has ended")


def test_a_note_is_announced_and_deleted(
    alice: Portal, watch: PageWatch, clock: Clock, cut_off: Callable[[], Any]
) -> None:
    give_word(watch, clock)
    assert shows(alice, BAND)
    with cut_off():
        rename(alice, "Renamed")
    assert shows(alice, BAND), "nobody could say that it changed"
    watch.round()
    assert shows(alice, "Renamed")
    assert not UnannouncedChange.objects.exists()


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Cut whoever is inside off from the store."""

    @contextmanager
    def cut() -> Iterator[None]:
        with monkeypatch.context() as here:
            nowhere = redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.1)
            here.setattr(content_version, "client", lambda: nowhere)
            yield
        VersionChange._away_until = page_store.store._away_until = 0.0

    return cut


@pytest.mark.parametrize("point", POINTS)
def test_a_writer_that_is_killed_is_announced_by_the_watch(
    alice: Portal, watch: PageWatch, clock: Clock, point: str
) -> None:
    give_word(watch, clock)
    assert shows(alice, BAND)
    name = "Renamed" if point == "after the commit" else BAND

    killed_at(point, alice)

    clock.pass_by(61)  # whoever commits is done by now, or dead
    assert shows(alice, name)
    clock.pass_by(61)
    assert made(alice), "it lives no longer than a minute while it isn't known what became of the writer"
    before = content_version.current_version(alice.organization.schema_name)
    wait_until(lambda: rounds_give(watch, lambda: not content_version.client().zcard(WRITERS)), "it is announced")
    assert content_version.current_version(alice.organization.schema_name) != before
    assert shows(alice, name)
    clock.pass_by(HOUR)
    assert not made(alice)


def killed_at(point: str, portal: Portal) -> None:
    reading, writing = os.pipe()
    command = ("-m", "tests.web.pagecache.renaming", portal.organization.schema_name, point)
    with os.fdopen(reading) as said, os.fdopen(writing, "wb") as saying:
        process = prepared.begin(*command, environment=os.environ, stdout=saying)
        saying.close()
        assert said.readline() == "reached\n"
    process.kill()
    process.wait()
    wait_until(lambda: not writing_elsewhere(), "the server notices the broken connection")


def writing_elsewhere() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        return bool(cursor.fetchone()[0])


# --- Other stores ---------------------------------------------------------------------------------------------------
@pytest.fixture
def valkey(alice: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """A store of pages of the test's own, which all processes use."""
    server = Valkey(tmp_path, durable=False)
    server.start()
    uses(server, monkeypatch)
    yield server
    server.stop()


def uses(server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    link = redis.Redis.from_url(server.url(), socket_timeout=2)
    monkeypatch.setattr(content_version, "client", lambda: link)
    monkeypatch.setattr(page_watch, "client", lambda: link)
    VersionChange._away_until = page_store.store._away_until = 0.0


def test_a_store_that_restarts_empty_is_trusted_again_when_nothing_can_be_lost(
    alice: Portal, valkey: Valkey, watch: PageWatch, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = give_word(watch, clock)
    valkey.stop()
    assert made(alice), "pages are made without it"
    rename(alice, "Renamed meanwhile")
    valkey.start(valkey.port)
    uses(valkey, monkeypatch)

    assert shows(alice, "Renamed meanwhile")
    clock.pass_by(51)
    assert made(alice)
    assert give_word(watch, clock) != given
    assert not UnannouncedChange.objects.exists()
    clock.pass_by(51)
    assert made(alice), "it was made before the word"
    clock.pass_by(HOUR)
    assert not made(alice)


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Valkey]:
    """Another server."""
    (tmp_path / "second").mkdir()
    server = Valkey(tmp_path / "second", durable=False)
    server.start()
    yield server
    server.stop()


@pytest.mark.long
def test_a_replica_that_lagged_serves_nothing_old_when_it_takes_over(
    alice: Portal, valkey: Valkey, second: Valkey, watch: PageWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock: Clock = watch.clock  # type: ignore[attr-defined]
    given = give_word(watch, clock)
    assert shows(alice, BAND)
    replica = redis.Redis.from_url(second.url())
    content_version.client().config_set("repl-diskless-sync-delay", 0)
    replica.execute_command("REPLICAOF", "127.0.0.1", valkey.port)
    wait_until(lambda: replica.get(WATCH) == given, "the replica has what the first one has")
    replica.execute_command("REPLICAOF", "NO", "ONE")  # from here on it lags
    rename(alice, "Renamed meanwhile")
    assert shows(alice, "Renamed meanwhile")
    valkey.stop()

    uses(second, monkeypatch)
    assert word() == given
    watch.round()
    assert word() is None, "another history is noticed"
    clock.pass_by(60)
    assert shows(alice, "Renamed meanwhile")
    assert give_word_once_noticed(watch, clock) != given
    assert shows(alice, "Renamed meanwhile")


def test_whoever_still_uses_a_server_that_was_left_leaves_a_note_once_the_word_expired_there(
    alice: Portal, valkey: Valkey, watch: PageWatch, clock: Clock
) -> None:
    give_word(watch, clock)
    rename(alice, "First")
    assert not UnannouncedChange.objects.exists()
    content_version.client().delete(WATCH)  # nobody renews it there
    rename(alice, "Second")
    assert UnannouncedChange.objects.count() == 1


def test_the_dispatcher_goes_on_while_the_store_is_away(
    watch: PageWatch, cut_off: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.1)
    monkeypatch.setattr(page_watch, "client", lambda: nowhere)
    watch.tick()


def test_a_store_that_does_not_tell_its_history_is_never_trusted(
    watch: PageWatch, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis.Redis, "info", lambda _self: {"run_id": "x"})
    for _time in range(4):
        watch.round()
        clock.pass_by(WORD_LIVES)
    assert word() is None
