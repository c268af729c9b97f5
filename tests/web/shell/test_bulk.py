"""What lists do with ticked rows."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.audit.models import Act, Entry
from bandstand.bands.models import Band
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory
from tests.web.shell.undoing import undo, words_of


def test_ticked_rows_are_published_unpublished_and_moved_at_once(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        drafts = [BandFactory(is_published=False, name=f"Draft {number}") for number in range(2)]
        public = BandFactory(name="Public")
    browser = alice_portal.client_of(roles.EDITOR)
    page = words_of(browser.get("/backstage/bands/"))
    assert page.count('type="checkbox" form="bulk"') == 3
    assert 'aria-label="Select Draft 0"' in page
    everything = re.search(r'name="rows" value="([\d,]+)"> All on this page', page)[1]  # type: ignore[index]

    done = browser.post("/backstage/bands/?sort=name", {"do": "publish", "rows": [everything]}, follow=True)
    assert "2 entries have been published." in words_of(done)
    assert done.redirect_chain[-1][0] == "/backstage/bands/?sort=name"
    with tenant_context(alice_portal.organization):
        assert Band.objects.published().count() == 3

    done = undo(browser, done)
    with tenant_context(alice_portal.organization):
        assert list(Band.objects.published()) == [public]
    assert "2 entries are drafts again." in words_of(done)

    browser.post("/backstage/bands/", {"do": "unpublish", "rows": [public.pk]})
    done = browser.post("/backstage/bands/", {"do": "trash", "rows": [drafts[0].pk, public.pk]}, follow=True)
    assert "2 entries are in the trash. You can restore them" in words_of(done)
    with tenant_context(alice_portal.organization):
        assert list(Band.objects.all()) == [drafts[1]]
    undo(browser, done)
    with tenant_context(alice_portal.organization):
        assert Band.objects.count() == 3
        assert not Band.objects.published().exists()


@pytest.mark.parametrize("do", ["publish", "unpublish", "trash", "export", ""])
def test_without_a_ticked_row_nothing_happens_but_a_sentence(alice_portal: Portal, do: str) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory()
    browser = alice_portal.client_of(roles.OWNER)

    for rows in ({}, {"rows": "x"}, {"rows": "999999"}):
        done = browser.post("/backstage/bands/?show=published", {"do": do, **rows}, follow=True)
        assert "Nothing was selected. Select at least one row." in words_of(done)
        assert done.redirect_chain[-1][0] == "/backstage/bands/?show=published"


def test_ticked_rows_are_exported_as_a_spreadsheet(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        bands = [BandFactory(name=f"Band {letter}") for letter in "ABC"]
    browser = alice_portal.client_of(roles.OWNER)

    answer = browser.post("/backstage/bands/", {"do": "export", "rows": [bands[0].pk, bands[2].pk]})

    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["Band A", "Band C"]
    with tenant_context(alice_portal.organization):
        assert Entry.objects.filter(act=Act.EXPORTED).exists()


def test_lists_offer_what_suits_the_kind_and_the_role(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory()
        GigFactory(starts_at=timezone.now() + timezone.timedelta(days=1))
        QuestionFactory()

    def offered(role: str, kind: str) -> list[str]:
        page = words_of(alice_portal.client_of(role).get(f"/backstage/{kind}/"))
        return re.findall(r'name="do" value="(\w+)"', page)

    assert (
        offered(roles.EDITOR, "bands") == offered(roles.EDITOR, "gigs") == ["publish", "unpublish", "export", "trash"]
    )
    assert offered(roles.EDITOR, "polls") == ["trash"]
    assert offered(roles.MEMBER, "bands") == ["export"]
    assert alice_portal.client_of(roles.MEMBER).post("/backstage/bands/", {"do": "trash"}).status_code == 403
    assert alice_portal.client_of(roles.EDITOR).post("/backstage/polls/", {"do": "publish"}).status_code == 403
    assert alice_portal.client_of(roles.EDITOR).post("/backstage/polls/", {"do": "destroy"}).status_code == 404
