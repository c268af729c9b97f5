"""What the team sees before visitors do, or besides them, comes into no page that is kept for everybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.content.previewing import preview_link_open
from bandstand.database import content_version
from bandstand_web.shell.previewing import preview_link
from tests.conftest import Portal
from tests.web.previews.drafts import DRAFTS, NAME, name_of


def kept(portal: Portal) -> int:
    """Return how many pages of the portal are kept."""
    return len(content_version.client().keys(f"{portal.organization.schema_name}:page:*"))


@pytest.mark.parametrize("model", DRAFTS, ids=name_of)
def test_no_visitor_gets_what_the_team_saw(alice: Portal, model: Any) -> None:
    with tenant_context(alice.organization):
        row = DRAFTS[model]()
        preview_link_open(row)
        link = preview_link(row, alice.organization).partition(":8000")[2]
    owner, path = alice.client_of(roles.OWNER), row.get_absolute_url()
    connection.set_schema_to_public()
    content_version.client().flushdb()
    try:
        assert alice.client().get(path).status_code == 404
        before = kept(alice)
        for shown in (owner.get(path), alice.client().get(link)):
            assert NAME in shown.content.decode()
            assert shown.headers["Cache-Control"] == "private, no-store"
        assert kept(alice) == before
        assert alice.client().get(path).status_code == 404

        with tenant_context(alice.organization):
            row.publish()
            row.save_publication()
        connection.set_schema_to_public()
        assert "team-bar" in owner.get(path).content.decode()
        assert [_visit(alice, path), _visit(alice, path)] == [(200, False)] * 2
        assert "team-bar" in owner.get(path).content.decode()
    finally:
        with tenant_context(alice.organization):
            row.delete()


def _visit(portal: Portal, path: str) -> tuple[int, bool]:
    """Return the status that a visitor gets, and whether the team's bar is on the page."""
    answer = portal.client().get(path)
    return answer.status_code, "team-bar" in answer.content.decode()
