"""Rows are added to a form without scripts too."""

from __future__ import annotations

import re

import pytest
from django.forms import BaseFormSet
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand_web.bands.backstage import MOST_LINKS
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.web.shell.test_content import band_data
from tests.web.shell.test_publishing import form_of


def test_more_rows_are_had_without_scripts_and_nothing_is_stored(alice_portal: Portal) -> None:
    typed = band_data(**{"members-1-name": "Würzel", "more_rows": "members"})

    answer = alice_portal.client_of(roles.EDITOR).post("/backstage/bands/add/", typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'name="members-TOTAL_FORMS" value="7"' in page
    assert 'name="links-TOTAL_FORMS" value="1"' in page
    assert 'value="Würzel"' in page
    assert 'name="members-6-name"' in page
    with tenant_context(alice_portal.organization):
        assert not Band.objects.exists()


@pytest.mark.parametrize("path", ["/backstage/bands/add/", "/backstage/polls/add/"])
def test_rows_that_nobody_touched_are_none(alice_portal: Portal, path: str) -> None:
    """Whatever they begin with: otherwise an empty row would be refused for the name that it lacks."""
    client = alice_portal.client_of(roles.EDITOR)

    answer = client.post(path, form_of(client, path).fields)

    values = [value for context in answer.context for value in context.flatten().values()]
    rows = [row for value in values if isinstance(value, BaseFormSet) for row in value.extra_forms]
    assert rows
    assert {name for row in rows for name in row.changed_data} == set()


@pytest.mark.parametrize("pressed", ["", "nothing", "members-0", "\x00"])
def test_a_button_of_no_formset_adds_no_rows(alice_portal: Portal, pressed: str) -> None:
    answer = alice_portal.client_of(roles.EDITOR).post("/backstage/bands/add/", band_data(more_rows=pressed))

    assert answer.status_code in {400, 422}


def test_no_more_rows_than_are_allowed(alice_portal: Portal) -> None:
    typed = band_data(**{"links-TOTAL_FORMS": str(MOST_LINKS), "more_rows": "links"})

    page = alice_portal.client_of(roles.EDITOR).post("/backstage/bands/add/", typed).content.decode()

    assert f'name="links-{MOST_LINKS - 1}-url"' in page
    assert f'name="links-{MOST_LINKS}-url"' not in page


def test_what_is_folded_away_is_told_and_opens_with_an_error(in_alice_portal: Portal) -> None:
    band = BandFactory()
    MemberFactory(name="Erna", band=band, role="conductor", since=2009, standing="substitute", is_shown=False)
    MemberFactory(name="Otto", band=band)
    client = in_alice_portal.client_of(roles.EDITOR)

    page = client.get(f"/backstage/bands/{band.pk}/").content.decode()

    told = [re.sub(r"<[^>]+>|\s+", " ", line).split() for line in re.findall(r"<summary data.*?</summary>", page, re.S)]
    assert " ".join(told[0]) == "conductor · From 2009 · substitute · hidden"
    assert " ".join(told[1]) == "Role, years and more"
    assert '<details class="row-more" open' not in page
    wrong = form_of(client, f"/backstage/bands/{band.pk}/").fields | {"members-1-until": "20"}
    refused = client.post(f"/backstage/bands/{band.pk}/", wrong).content.decode()
    assert refused.count('<details class="row-more" open') == 1
    assert "<bdi>To 20</bdi>" in refused
