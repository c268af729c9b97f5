"""The secret of a preview link stays in its column."""

from __future__ import annotations

import zipfile
from typing import Any

import pytest
from django.core import serializers

from bandstand.accounts import roles
from bandstand.content.changes import Change
from bandstand.content.previewing import preview_link_open, preview_link_revoke
from bandstand.content.search_entries import SearchEntry
from bandstand.portals.exporting import organization_export
from tests.conftest import Portal
from tests.web.previews.drafts import DRAFTS, NAME, name_of

each_kind = pytest.mark.parametrize("model", DRAFTS, ids=name_of)


@each_kind
def test_there_is_none_until_somebody_wants_a_link(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    row.refresh_from_db()

    assert (row.preview_secret, row.preview_until, row.has_preview_link) == ("", None, False)


@each_kind
def test_no_other_place_has_it(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    preview_link_open(row)
    row.save()
    secret = row.preview_secret
    about = model._meta
    owner = in_alice_portal.client_of(roles.OWNER)
    places = {
        "history": str(list(Change.objects.of(row).values())),
        "search": str(list(SearchEntry.objects.filter(kind=about.label_lower, object_id=row.pk).values())),
        "serializers": serializers.serialize("json", [row]),
        "admin": owner.get(f"/admin/{about.app_label}/{about.model_name}/{row.pk}/change/").content.decode(),
        "form": owner.get(row.get_edit_url()).content.decode(),
    }
    with organization_export(in_alice_portal.organization) as file, zipfile.ZipFile(file) as archive:
        places["copy"] = archive.read(f"{about.app_label}/{about.model_name}.json").decode()

    assert len(secret) >= 24
    assert {place: NAME in text for place, text in places.items() if place not in {"history", "search"}} == {
        place: True for place in places if place not in {"history", "search"}
    }
    assert [place for place, text in places.items() if secret in text or "preview_" in text] == []
    filtered = owner.get(f"/admin/{about.app_label}/{about.model_name}/?preview_secret__startswith={secret[0]}")
    assert filtered.status_code == 400


@each_kind
def test_a_link_leaves_no_trace_in_the_history(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    before = Change.objects.of(row).count()

    preview_link_open(row)
    preview_link_revoke(row)

    assert Change.objects.of(row).count() == before


@each_kind
def test_saving_what_was_loaded_before_brings_no_revoked_link_back(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    preview_link_open(row)
    loaded = model.objects.get(pk=row.pk)
    preview_link_revoke(row)

    loaded.save()

    assert not model.objects.get(pk=row.pk).has_preview_link
