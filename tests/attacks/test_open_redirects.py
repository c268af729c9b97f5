"""No address of ours sends anybody on to a foreign one."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from tests.conftest import PASSWORD, Portal, PortalClient
from tests.isolation.test_matrix import PLATFORM, PORTAL, VISITORS
from tests.isolation.twins import Twin
from tests.isolation.visiting import addresses, path_to, visit
from tests.shares import SHARE, share_of

pytestmark = pytest.mark.filterwarnings("ignore")

EVIL = "evil.example"
TARGETS = (
    f"https://{EVIL}/",
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}",
    f"\\\\{EVIL}",
    f"/\\{EVIL}",
    f"\\/{EVIL}",
    f"/\t/{EVIL}",
    f"\t//{EVIL}",
    f"/\n/{EVIL}",
    f" //{EVIL}",
    f"\x00//{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https:///{EVIL}",
    f"http:\\\\{EVIL}",
    f"hTTps://{EVIL}",
    f"//alice.bandstand.localhost@{EVIL}",
    f"//alice.bandstand.localhost.{EVIL}",
    f"//{EVIL}%2f..",
    f"//[::1]@{EVIL}",
    f"/%09/{EVIL}",
    f"//{EVIL}:80#@alice.bandstand.localhost",
    f"https://{EVIL}\\@alice.bandstand.localhost",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//charlie.bandstand.localhost/",
    "http://charlie.bandstand.localhost:8000/",
)
FEW = (f"/\t/{EVIL}",)
# What views, allauth, Django's admin and programs like them call it.
PARAMETERS = (
    "next",
    "url",
    "return",
    "return_to",
    "redirect",
    "redirect_to",
    "redirect_url",
    "continue",
    "target",
    "to",
)
_LINK = re.compile(r'(?:href|action|hx-\w+)="([^"]*)"')


def leaves(location: str, host: str) -> bool:
    """Whether a browser at `host` that follows `location` ends elsewhere, or runs something.

    Browsers drop tabs and line breaks, take a backslash for a slash, and any number of slashes for two. Source:
    https://url.spec.whatwg.org/#concept-basic-url-parser.
    """
    seen = re.sub(r"[\t\r\n]", "", location).strip("\x00 ").replace("\\", "/")
    seen = re.sub(r"^//+", "//", re.sub(r"^(https?):/*", r"\1://", seen, flags=re.IGNORECASE))
    where = urlsplit(urljoin(f"http://{host}/", seen))
    return where.scheme not in {"http", "https"} or (where.hostname or "") not in {host, "bandstand.localhost"}


@pytest.mark.parametrize("target", TARGETS)
def test_the_test_knows_targets_that_lead_away(target: str) -> None:
    assert leaves(target, "alice.bandstand.localhost") or "%09" in target


@pytest.mark.parametrize(
    ("urlconf", "visitor", "targets", "one_in"),
    [
        (PLATFORM, "owner", FEW, SHARE),
        (PORTAL, "owner", FEW, SHARE),
        pytest.param(PLATFORM, "owner", FEW, 1, marks=pytest.mark.long),
        pytest.param(PORTAL, "owner", FEW, 1, marks=pytest.mark.long),
        *(
            pytest.param(urlconf, visitor, TARGETS, 1, marks=pytest.mark.security)
            for urlconf, visitor in (
                (PLATFORM, "anonymous"),
                (PLATFORM, "owner"),
                (PLATFORM, "staff"),
                (PORTAL, "anonymous"),
                (PORTAL, "owner"),
            )
        ),
    ],
)
def test_no_address_leads_away(
    urlconf: str, visitor: str, targets: tuple[str, ...], one_in: int, twins: tuple[Twin, Twin]
) -> None:
    alice, charlie = twins
    browser = VISITORS[urlconf](alice.portal, charlie.portal)[visitor]
    host = alice.portal.host if urlconf == PORTAL else "bandstand.localhost"
    own = {host, alice.portal.host} if urlconf == PLATFORM else {host}
    away = []

    for name, address in share_of(addresses(urlconf).items(), one_in):
        for target in targets:
            values = dict.fromkeys(PARAMETERS, target)
            for method in ("get", "post"):
                answer = visit(browser, method, path_to(address, alice), data=values)
                location = answer.headers.get("Location", "")
                if location and leaves(location, host) and urlsplit(location).hostname not in own:
                    away.append((name, method, target, location))

    assert away == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_log_in_leads_back_to_pages_of_ours_alone(alice_portal: Portal, target: str) -> None:
    form = {"login": alice_portal.user(roles.MANAGER).email, "password": PASSWORD, "next": target}
    browser = PortalClient(HTTP_HOST=alice_portal.host)

    page = browser.get("/accounts/login/", {"next": target})
    answer = browser.post("/accounts/login/", form)

    assert not any(leaves(link, alice_portal.host) for link in _LINK.findall(page.content.decode()) if EVIL in link)
    assert answer.status_code in {302, 400}
    if answer.status_code == 302:
        assert not leaves(answer["Location"], alice_portal.host)


@pytest.mark.parametrize("target", TARGETS)
def test_a_choice_of_language_leads_back_to_pages_of_ours_alone(alice_portal: Portal, target: str) -> None:
    answer = Client(HTTP_HOST=alice_portal.host).post("/language/", {"language": "de", "next": target})

    assert not leaves(answer["Location"], alice_portal.host)


@pytest.mark.parametrize("target", TARGETS)
def test_the_admins_log_in_leads_back_to_pages_of_ours_alone(alice_portal: Portal, target: str) -> None:
    for host in (alice_portal.host, "bandstand.localhost"):
        browser = Client(HTTP_HOST=host)
        answer = browser.get("/admin/login/", {"next": target})
        assert answer.status_code in {302, 400}
        if answer.status_code == 302:
            assert not leaves(answer["Location"], host)


@pytest.mark.parametrize(
    "path", [f"//{EVIL}/", f"//{EVIL}/..", f"/\\{EVIL}", f"/%2f{EVIL}/", f"/%5c{EVIL}", "/%0d%0aLocation:x"]
)
def test_paths_without_their_last_slash_lead_nowhere_else(alice_portal: Portal, path: str) -> None:
    answer = Client(HTTP_HOST=alice_portal.host).get("/", PATH_INFO=unquote(path))

    assert answer.status_code in {301, 400, 404}
    assert not leaves(answer.headers.get("Location", "/"), alice_portal.host)


def test_logging_out_leads_to_a_page_of_ours(alice_portal: Portal) -> None:
    for target in TARGETS:
        browser = alice_portal.client()
        with tenant_context(alice_portal.organization):
            browser.force_login(
                User.objects.get(email=alice_portal.owner_email),
                backend="allauth.account.auth_backends.AuthenticationBackend",
            )
        answer = browser.post("/accounts/logout/", {"next": target})
        assert not leaves(answer.headers.get("Location", "/"), alice_portal.host), target
