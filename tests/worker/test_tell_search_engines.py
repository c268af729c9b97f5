"""Search engines are told of pages that changed, where the team wants that: by a real request to a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.content.appearing import appearing_models
from bandstand.content.publishable import Publishable
from bandstand.jobs.models import Job, State
from bandstand.organizations.current import current_organization
from bandstand.portals import index_now
from bandstand.portals.job_kinds import TELL_SEARCH_ENGINES
from bandstand.portals.models import PortalSettings
from bandstand.publishing.scheduling import due_publish
from bandstand_worker import registry
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory
from tests.worker.conftest import WorkOff


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


@dataclass
class Engine:
    """A server that takes part in IndexNow, and what it was told."""

    status: int = 202
    told: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    found = Engine()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/json; charset=utf-8"
            found.told.append(json.loads(body))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        settings.INDEX_NOW_URL = f"http://127.0.0.1:{port}/indexnow"
        settings.OUTGOING_ALLOWED = [f"127.0.0.1/32:{port}"]
        yield found
        server.shutdown()


@pytest.fixture
def portal(alice_portal: Portal) -> Iterator[Portal]:
    with tenant_context(alice_portal.organization):
        yield alice_portal


def switch_on() -> None:
    settings = PortalSettings.objects.current()
    settings.tells_search_engines = True
    settings.save()
    current_organization().remembered.clear()  # as a commit makes every process do


def waiting() -> list[str]:
    jobs = Job.objects.filter(kind=TELL_SEARCH_ENGINES.name).unfinished()
    return [job.payload["row"] for job in jobs.order_by("pk")]


def told_of(row: Any) -> bool:
    return index_now.row_tell(f"{row._meta.label_lower}:{row.pk}")


def test_nothing_is_told_until_somebody_switches_it_on(portal: Portal, engine: Engine) -> None:
    band = BandFactory()

    assert (waiting(), told_of(band), engine.told) == ([], False, [])
    assert portal.client().get(index_now.KEY_PATH).status_code == 404


def test_a_published_row_is_told_once_and_the_key_proves_whose_it_is(portal: Portal, engine: Engine) -> None:
    switch_on()
    band = BandFactory(slug="owls")
    band.save()

    assert waiting() == [f"bands.band:{band.pk}"]
    assert told_of(band)
    key = portal.client().get(index_now.KEY_PATH)
    assert engine.told == [
        {
            "host": portal.host,
            "key": key.content.decode(),
            "keyLocation": portal.organization.url(index_now.KEY_PATH),
            "urlList": [portal.organization.url("/bands/owls/")],
        }
    ]
    assert key["Content-Type"] == "text/plain; charset=utf-8"
    assert len(key.content) == 32


def test_drafts_are_told_once_they_appear(portal: Portal, engine: Engine) -> None:
    switch_on()
    draft = BandFactory(is_published=False)
    later = PostFactory(is_published=False, publish_at=timezone.now() + timedelta(hours=1))
    assert (waiting(), told_of(draft), told_of(later), engine.told) == ([], False, False, [])

    type(later).objects.filter(pk=later.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    due_publish()

    assert waiting() == [f"news.post:{later.pk}"]
    assert told_of(later)


def test_what_went_meanwhile_is_not_told(portal: Portal, engine: Engine) -> None:
    switch_on()
    band = BandFactory()
    band.move_to_trash()

    assert (told_of(band), engine.told) == (False, [])


def addresses_told(engine: Engine) -> list[str]:
    """Return the paths that the engine is told once the waiting jobs have run."""
    for job in Job.objects.filter(kind=TELL_SEARCH_ENGINES.name).unfinished().order_by("pk"):
        index_now.row_tell(job.payload["row"], was_at=job.payload["was_at"])
    told = [urlsplit(address).path for each in engine.told for address in each["urlList"]]
    engine.told.clear()
    Job.objects.filter(kind=TELL_SEARCH_ENGINES.name).delete()
    return told


FACTORIES = (BandFactory, GigFactory, PageFactory, PostFactory, QuestionFactory, TourFactory)


def test_pages_of_every_kind_are_tried() -> None:
    kinds = {model for model in appearing_models() if hasattr(model, "get_absolute_url")}

    assert {factory._meta.model for factory in FACTORIES} == kinds


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory._meta.model.__name__)
def test_a_page_that_goes_is_told_whatever_its_kind_and_however_it_goes(
    factory: Any, portal: Portal, engine: Engine
) -> None:
    def unpublish(row: Any) -> None:
        if isinstance(row, Publishable):
            row.unpublish()
        else:
            row.pub_date = timezone.now() + timedelta(days=1)
        row.save()

    def trash_many(row: Any) -> None:
        type(row).objects.filter(pk=row.pk).move_to_trash()

    for leave in (unpublish, trash_many, lambda row: row.move_to_trash(), lambda row: row.delete()):
        row = factory()
        path = row.get_absolute_url()
        switch_on()

        leave(row)

        assert addresses_told(engine) == [path]
        PortalSettings.objects.update(tells_search_engines=False)
        current_organization().remembered.clear()


def test_a_page_that_moves_is_told_at_both_addresses(portal: Portal, engine: Engine) -> None:
    band = BandFactory(slug="owls")
    switch_on()
    band.slug = "night-owls"
    band.save()

    assert addresses_told(engine) == ["/bands/night-owls/", "/bands/owls/"]


def test_a_page_that_is_for_some_from_now_on_is_told_as_one_that_went(portal: Portal, engine: Engine) -> None:
    page = PageFactory(slug="about")
    hidden = PageFactory(visibility="unlisted")
    switch_on()
    for each in (page, hidden):
        each.visibility = "team"
        each.save()

    assert addresses_told(engine) == ["/about/"]


def test_what_nobody_found_is_told_to_nobody(portal: Portal, engine: Engine) -> None:
    switch_on()
    draft = BandFactory(is_published=False)
    draft.move_to_trash()

    assert addresses_told(engine) == []


def test_there_are_never_more_than_some_jobs(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on()
    monkeypatch.setattr(index_now, "MOST_WAITING", 3)

    BandFactory.create_batch(5)

    assert len(waiting()) == 3


def test_it_is_tried_again_where_the_server_refuses(
    portal: Portal, engine: Engine, work_off: WorkOff, settings: Settings
) -> None:
    switch_on()
    engine.status = 503
    BandFactory()

    work_off()

    job = Job.objects.get(kind=TELL_SEARCH_ENGINES.name)
    assert len(engine.told) == 1
    assert (job.state, job.attempts) == (State.WAITING, 1)
    settings.INDEX_NOW_URL = ""
    assert portal.client().get(index_now.KEY_PATH).status_code == 404


def test_each_portal_has_a_key_of_its_own(alice_portal: Portal, charlie_portal: Portal) -> None:
    keys = {index_now.key_of(portal.organization) for portal in (alice_portal, charlie_portal)}

    assert len(keys) == 2
