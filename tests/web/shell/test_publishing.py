"""Publishing in the backstage and the admin: at once, at a moment, and never by accident."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.gigs.models import Gig
from bandstand.jobs.models import Job
from bandstand.polls.models import Question
from bandstand.publishing.job_kinds import PUBLISH_DUE
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = timezone.now().year + 1
CHOSEN, MOMENT = f"{YEAR}-03-12T20:00", datetime(YEAR, 3, 12, 20, tzinfo=BERLIN)


class Form(HTMLParser):
    """The fields of the page's long form as a browser sends them, and the names of its buttons in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.buttons: list[str] = []
        form = max(re.findall(r"<form.*?</form>", page, re.DOTALL), key=len)
        self.feed(form)
        for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL):
            self.fields[name] = text
        for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
            chosen = re.search(r'value="([^"]*)"[^>]*selected', options) or re.search(r'value="([^"]*)"', options)
            if chosen:
                self.fields[name] = chosen[1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "button" and about.get("type", "submit") == "submit":
            self.buttons.append(about.get("name") or "")
        if tag == "input" and (about.get("type") != "checkbox" or "checked" in about):
            self.fields[about.get("name") or ""] = about.get("value") or ""


def form_of(client: Client, path: str) -> Form:
    return Form(client.get(path).content.decode())


def press(client: Client, path: str, button: str = "", **changed: str) -> Any:
    """Send the page's form as it is but for `changed`, by a button's name or, without one, by Enter."""
    fields = {**form_of(client, path).fields, **changed}
    return client.post(path, {**fields, **({button: "1"} if button else {})})


@pytest.fixture
def client(alice_portal: Portal) -> Client:
    return alice_portal.client_of(roles.EDITOR)


@pytest.fixture
def band(alice_portal: Portal) -> Band:
    with tenant_context(alice_portal.organization):
        return BandFactory(name="Nightshift", slug="nightshift", is_published=False)


def state(portal: Portal, band: Band) -> tuple[bool, datetime | None]:
    with tenant_context(portal.organization):
        band.refresh_from_db()
        return band.is_published, band.publish_at


def test_enter_publishes_nothing_in_any_form_of_the_backstage(alice_portal: Portal, client: Client) -> None:
    with tenant_context(alice_portal.organization):
        rows = [BandFactory(is_published=False), GigFactory(is_published=False)]
        later = timezone.now() + timedelta(days=1)
        rows += [BandFactory(is_published=False, publish_at=later), GigFactory(is_published=False, publish_at=later)]
        rows += [QuestionFactory(published_at=later)]
    added = ["/backstage/bands/add/", "/backstage/gigs/add/", "/backstage/polls/add/"]
    for path in [*added, *(row.get_edit_url() for row in rows)]:
        buttons = form_of(client, path).buttons
        assert buttons[0] == "", f"{path}: Enter presses {buttons[0]}"
        assert "publish" in buttons, path
        press(client, path, name="A name", text="A question?")
    with tenant_context(alice_portal.organization):
        assert not Band.objects.published().exists()
        assert not Gig.objects.published().exists()
        assert not Question.objects.published().exists()


def test_a_row_is_scheduled_by_its_button_in_the_portals_zone(alice_portal: Portal, client: Client, band: Band) -> None:
    answer = press(client, band.get_edit_url(), "schedule", publish_at=CHOSEN)

    assert answer.status_code == 302
    assert state(alice_portal, band) == (False, MOMENT)
    assert Job.objects.filter(organization=alice_portal.organization, kind=PUBLISH_DUE.name, run_at=MOMENT).exists()
    listed = client.get("/backstage/bands/?show=scheduled").content.decode()
    assert "Nightshift" in listed
    assert f"appears on 12 Mar {YEAR}, 20:00" in listed
    assert "Nightshift" not in client.get("/backstage/bands/?show=drafts").content.decode()
    assert alice_portal.client().get("/bands/nightshift/").status_code == 404


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ("", "Enter when visitors should see it."),
        ("2001-03-12T20:00", "This time has passed."),
        (f"{YEAR + 1}-13-01T20:00", "in the calendar. Enter a date such as"),
        ("soon", "Enter a date and time such as"),
        ("2027-03-28T02:30", "Clocks go forward then"),
        ("2029-03-25T02:30", "Clocks go forward then"),
    ],
)
def test_a_moment_that_does_not_do_is_refused_with_a_sentence(
    alice_portal: Portal, client: Client, band: Band, chosen: str, sentence: str
) -> None:
    answer = press(client, band.get_edit_url(), "schedule", publish_at=chosen, name="Renamed")
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert state(alice_portal, band) == (False, None)
    assert band.name == "Nightshift"


def test_a_moment_without_the_button_is_not_lost_silently(alice_portal: Portal, client: Client, band: Band) -> None:
    answer = press(client, band.get_edit_url(), publish_at=CHOSEN)
    assert answer.status_code == 422
    assert "choose “Schedule”" in answer.content.decode()
    assert state(alice_portal, band) == (False, None)


def test_a_scheduled_row_keeps_its_moment_changes_it_or_loses_it(
    alice_portal: Portal, client: Client, band: Band
) -> None:
    path = band.get_edit_url()
    press(client, path, "schedule", publish_at=CHOSEN)

    press(client, path, name="Dayshift")
    assert state(alice_portal, band) == (False, MOMENT)
    press(client, path, publish_at=f"{YEAR}-03-13T20:00")
    assert state(alice_portal, band) == (False, MOMENT + timedelta(days=1))
    assert press(client, path, publish_at="").status_code == 422
    press(client, path, "draft", publish_at="nonsense")
    assert state(alice_portal, band) == (False, None)
    press(client, path, "schedule", publish_at=CHOSEN)
    press(client, path, "publish", publish_at="nonsense")
    assert state(alice_portal, band) == (True, None)
    press(client, path, name="Nightshift", publish_at=CHOSEN)  # a page from before
    assert state(alice_portal, band) == (True, None)


def test_the_list_unschedules(alice_portal: Portal, client: Client, band: Band) -> None:
    press(client, band.get_edit_url(), "schedule", publish_at=CHOSEN)
    assert "Unschedule" in client.get("/backstage/bands/").content.decode()
    client.post(f"/backstage/bands/{band.pk}/publish/", {"published": ""})
    assert state(alice_portal, band) == (False, None)
    client.post(f"/backstage/bands/{band.pk}/publish/", {"published": "1"})
    assert state(alice_portal, band) == (True, None)


def test_the_overview_says_what_appears_this_week(alice_portal: Portal, client: Client) -> None:
    now = timezone.now()
    with tenant_context(alice_portal.organization):
        BandFactory(name="Soonish", is_published=False, publish_at=now + timedelta(days=2))
        BandFactory(name="Muchlater", is_published=False, publish_at=now + timedelta(days=9))
    page = client.get("/backstage/").content.decode()
    assert "Appears this week" in page
    assert "Soonish" in page
    assert "Muchlater" not in page


def test_a_poll_begins_by_its_button_or_at_its_moment(alice_portal: Portal, client: Client) -> None:
    sent = {"text": "Encore?", "choices-0-text": "Yes", "choices-1-text": "No"}
    refused = press(client, "/backstage/polls/add/", **sent)
    assert refused.status_code == 422
    assert "Enter when visitors should see it." in refused.content.decode()
    press(client, "/backstage/polls/add/", "publish", **sent)
    press(client, "/backstage/polls/add/", published_at=CHOSEN, **sent)
    with tenant_context(alice_portal.organization):
        assert Question.objects.published().count() == 1
        assert [poll.published_at for poll in Question.objects.scheduled()] == [MOMENT]


def test_the_admin_knows_the_same_three_states(alice_portal: Portal, band: Band) -> None:
    admin = alice_portal.client_of(roles.OWNER)
    path = f"/admin/bands/band/{band.pk}/change/"
    page = form_of(admin, path).fields

    past = admin.post(path, {**page, "publish_at": "2001-03-12 20:00"})
    assert "This time has passed." in past.content.decode()
    assert admin.post(path, {**page, "publish_at": f"{YEAR}-03-12 20:00"}).status_code == 302
    assert state(alice_portal, band) == (False, MOMENT)
    assert "Nightshift" in admin.get("/admin/bands/band/?show=scheduled").content.decode()
    chosen = {"action": "withdraw", "_selected_action": [band.pk]}
    admin.post("/admin/bands/band/", chosen)
    assert state(alice_portal, band) == (False, None)
    admin.post("/admin/bands/band/", {**chosen, "action": "publish"})
    assert state(alice_portal, band) == (True, None)
