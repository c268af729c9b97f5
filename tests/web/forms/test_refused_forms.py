"""Every form that is refused says so in the page's title and in a summary that leads to its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.functional import SimpleLazyObject

from bandstand.accounts import roles
from tests.conftest import Portal
from tests.isolation.twins import Twin, fill
from tests.isolation.visiting import (
    PLATFORM,
    PORTAL,
    addresses,
    path_to,
    platform_visitors,
    portal_visitors,
    visit,
)

# Sent with every form: what no form takes, or what takes it past the fields that have values of their own.
SENT = {
    "sent": "1",
    "action_add": "1",
    "subject": "",
    "name": "x" * 500,
    **{f"{prefix}-TOTAL_FORMS": "1" for prefix in ("members", "links", "choices", "photos")},
    **{f"{prefix}-INITIAL_FORMS": "0" for prefix in ("members", "links", "choices", "photos")},
    "members-0-since": "nineteen",
    "links-0-url": "nowhere",
    "choices-0-text": "x" * 500,
}
# Pages with a form that a post of nothing but nonsense is refused by; those of the admin are counted apart.
AT_THE_PORTAL = {
    *("contact", "poll", "invitation_accept", "account_login", "account_reauthenticate", "account_profile"),
    *("account_email", "account_change_password", "account_reset_password"),
    *("backstage:band_add", "backstage:band_edit", "backstage:band_photos", "backstage:gig_add", "backstage:gig_edit"),
    *("backstage:poll_add", "backstage:poll_edit", "backstage:import_add", "backstage:team_invite"),
    *("backstage:settings", "backstage:domains", "backstage:notice_emails"),
}
AT_THE_PLATFORM = {
    *(
        "signup",
        "organization_new",
        "organization_edit",
        "organization_address",
        "organization_delete",
        "account_login",
    ),
    "transfer_answer",
    *("account_email", "account_change_password", "account_reset_password"),
}

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def twins(alice_portal: Portal, charlie_portal: Portal) -> tuple[Twin, Twin]:
    return fill(alice_portal, "canaryalice"), fill(charlie_portal, "canarycharlie")


@pytest.mark.parametrize(
    ("urlconf", "known"), [pytest.param(PORTAL, AT_THE_PORTAL, marks=pytest.mark.long), (PLATFORM, AT_THE_PLATFORM)]
)
def test_each_refused_form_is_summed_up(urlconf: str, known: set[str], twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    visitors = (portal_visitors if urlconf == PORTAL else platform_visitors)(alice.portal, charlie.portal)
    # A portal's owners change how they log in at the platform, the rest of its team at the portal.
    at_work = ("owner", "manager", "anonymous") if urlconf == PORTAL else ("owner", "anonymous")
    refused: set[str] = set()
    wrong: list[str] = []

    for name, address in addresses(urlconf).items():
        if name.endswith("_process_import"):  # import-export's confirmation: hidden fields alone, which nobody can mend
            continue
        for visitor in at_work:
            answer = visit(visitors[visitor], "post", path_to(address, alice), data=SENT)
            if not _has_errors(answer):
                continue
            refused.add(name)
            wrong += [f"{name}: {problem}" for problem in problems_with(answer.text_sent)]
            break

    assert not wrong, "\n".join(wrong)
    assert known <= refused
    assert sum(name.startswith("admin:") for name in refused) >= (5 if urlconf == PORTAL else 0)


def _has_errors(answer: Any) -> bool:
    for context in answer.context or ():
        given = context.flatten() if hasattr(context, "flatten") else context
        for form in given.values() if not given.get("token_fail") else ():  # such a page has no form to be mended
            if type(form) is SimpleLazyObject:  # asks the database, whose schema is another one by now
                continue
            errors = getattr(form, "errors", None) if getattr(form, "is_bound", False) is True else None
            if errors and (errors if isinstance(errors, dict) else any(errors)):
                return True
    return False


def problems_with(page: str) -> Iterator[str]:
    """Yield what a page with a refused form lacks."""
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    if not title or not title[1].strip().startswith("Error:"):
        yield "its title doesn't say so"
    summaries = re.findall(r'<div class="error-summary".*?</div>', page, re.DOTALL)
    if len(summaries) != 1:
        yield f"{len(summaries)} summaries"
        return
    if 'role="alert"' not in summaries[0] or 'tabindex="-1"' not in summaries[0]:
        yield "its summary isn't announced"
    yield from wrong_links(page, summaries[0])
    for item in re.findall(r'<ul class="errorlist[^"]*"[^>]*>(.*?)</ul>', page, re.DOTALL):
        for text in re.findall(r"<li>(.*?)</li>", item, re.DOTALL):
            if unescape(text) not in unescape(summaries[0]):
                yield f"the summary doesn't say “{text}”"


def wrong_links(page: str, summary: str) -> Iterator[str]:
    """Yield which links of a summary lead to no control, or to one that isn't marked."""
    for target in re.findall(r'href="#([^"]+)"', summary):
        control = re.search(rf'<(input|select|textarea|ol|div)[^>]*\bid="{re.escape(target)}"[^>]*>', page)
        if not control:
            yield f"no control #{target}"
        elif control[1] in {"input", "select", "textarea"} and 'aria-invalid="true"' not in control[0]:
            yield f"#{target} isn't marked"
        elif control[1] != "ol" and "aria-describedby" not in control[0] and "fieldset" not in page:
            yield f"#{target} names no error"


def test_what_is_wrong_with_a_form_as_a_whole_is_said_once(alice_portal: Portal) -> None:
    sent = {"login": "nobody@example.org", "password": "wrong-password"}

    page = alice_portal.client().post("/accounts/login/", sent).content.decode()

    assert page.count("are not correct") == 1
    assert "Error: Log in" in page


def test_a_page_without_errors_has_neither(alice_portal: Portal) -> None:
    page = alice_portal.client_of(roles.OWNER).get("/backstage/bands/add/").content.decode()

    assert "error-summary" not in page
    assert "<title>New band" in page


def test_rows_are_told_apart(alice_portal: Portal) -> None:
    client: Client = alice_portal.client_of(roles.OWNER)
    sent = {
        "name": "Band",
        "members-TOTAL_FORMS": "2",
        "members-INITIAL_FORMS": "0",
        "members-0-name": "Mia",
        "members-1-name": "Pia",
        "members-1-since": "nineteen",
        "links-TOTAL_FORMS": "0",
        "links-INITIAL_FORMS": "0",
    }

    page = client.post("/backstage/bands/add/", sent).content.decode()

    assert '<a href="#id_members-1-since"><bdi>Member 2, From</bdi>' in page


@pytest.mark.parametrize("path", ["login/", "password/"])
def test_each_password_can_be_shown(alice_portal: Portal, path: str) -> None:
    client = alice_portal.client_of(roles.MANAGER) if path == "password/" else alice_portal.client()

    page = client.get(f"/accounts/{path}").content.decode()

    for control in re.findall(r'<input type="password"[^>]*\bid="([^"]+)"', page):
        assert re.search(rf'<button class="show-password" type="button" hidden aria-controls="{control}"', page)
    assert "show-password" in page
