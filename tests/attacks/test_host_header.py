"""A made-up Host leads nobody astray: no link, mail, redirect or cached page ever names it."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.test import Client, override_settings
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from tests.attacks.serving import Served, served
from tests.conftest import Portal
from tests.isolation.twins import SLUG, Twin
from tests.mailbox import link_in, newest_mail_to

ALICE = "alice.bandstand.localhost"
EVIL = "evil.example"
PLATFORM = "bandstand.localhost"
# Nobody's portal answers at any of these.
FOREIGN = (
    EVIL,
    f"{ALICE}.{EVIL}",
    f"{EVIL}.{PLATFORM}",
    f"x{ALICE}",
    f"{ALICE}@{EVIL}",
    f"{EVIL}#{ALICE}",
    f"{EVIL}/{ALICE}",
    f"{EVIL}?{ALICE}",
    f"{ALICE}:@{EVIL}",
    f"{ALICE}:80@{EVIL}",
    f"user:password@{ALICE}",
    f"{ALICE},{EVIL}",
    f"{ALICE} {EVIL}",
    f"{ALICE}\t{EVIL}",
    f"{ALICE}:{EVIL}",
    f"{ALICE}:-1",
    f"{ALICE}..",
    f".{ALICE}",
    f"http://{ALICE}",
    f"//{EVIL}",
    f"{ALICE}\\{EVIL}",
    f"[::1]{ALICE}",
    "[::1]",
    "127.0.0.1",
    "localhost",
    "0",
    "*",
    f"*.{PLATFORM}",
    "%",
    f"{ALICE}%00",
    f"{ALICE}%2e{EVIL}",
    "a" * 300,
)
# All of these are Alice's, and answers look as if she had been asked for plainly.
WRITTEN_OTHERWISE = (ALICE.upper(), f"{ALICE}.", f"{ALICE}:1337", f"{ALICE}:0", f"{ALICE}:", f" {ALICE} ")
FORWARDED = (
    {"X-Forwarded-Host": EVIL},
    {"X-Host": EVIL},
    {"X-Forwarded-Server": EVIL},
    {"X-HTTP-Host-Override": EVIL},
    {"Forwarded": f"host={EVIL};proto=https"},
    {"X-Original-URL": f"https://{EVIL}/"},
    {"X-Rewrite-URL": "/backstage/"},
    {"X-Forwarded-Port": "1337"},
    {"X-Forwarded-Prefix": f"//{EVIL}"},
)
PAGES = ("/", "/bands/", f"/bands/{SLUG}/", f"/gigs/{SLUG}/", f"/gigs/{SLUG}.ics", "/accounts/login/", "/backstage/")


def told(answer: object) -> str:
    """Return all that an answer says."""
    return answer.getvalue().decode(errors="replace") + str(answer.headers)  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/accounts/password/reset/"])
def test_foreign_hosts_find_nothing_and_are_not_repeated(alice_portal: Portal, host: str, path: str) -> None:
    answer = Client(HTTP_HOST=host).get(path)

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert EVIL not in told(answer)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("host", WRITTEN_OTHERWISE)
def test_hosts_written_otherwise_change_no_answer(twins: tuple[Twin, Twin], host: str) -> None:
    for path in PAGES:
        answer = Client(HTTP_HOST=host).get(path)
        assert answer.status_code in {HTTPStatus.OK, HTTPStatus.FOUND}, path
        assert ":1337" not in told(answer), path
        assert ALICE.upper() not in told(answer), path
        assert f"{ALICE}." not in told(answer).replace(f"{ALICE}.\n", ""), path


@pytest.mark.parametrize("headers", FORWARDED, ids=lambda headers: next(iter(headers)))
@pytest.mark.parametrize("proxies", [0, 1])
def test_what_proxies_may_say_of_the_host_is_not_believed(
    twins: tuple[Twin, Twin], headers: dict[str, str], proxies: int
) -> None:
    with override_settings(TRUSTED_PROXIES=proxies):
        for path in PAGES:
            said = told(Client(HTTP_HOST=ALICE).get(path, headers=headers))
            assert EVIL not in said
            assert ":1337" not in said


@pytest.mark.parametrize("host", [EVIL, f"{ALICE}:1337", f"{ALICE}.", ALICE.upper(), f"{ALICE}:@{EVIL}"])
@pytest.mark.parametrize("headers", FORWARDED[:3], ids=lambda headers: next(iter(headers)))
def test_the_link_to_a_new_password_is_never_poisoned(alice_portal: Portal, host: str, headers: dict[str, str]) -> None:
    email = alice_portal.user(roles.MANAGER).email
    Client(HTTP_HOST=ALICE).post("/accounts/password/reset/", {"email": email})
    with tenant_context(alice_portal.organization):
        before = newest_mail_to(email)

    Client(HTTP_HOST=host).post("/accounts/password/reset/", {"email": email}, headers=headers)

    with tenant_context(alice_portal.organization):
        mail = newest_mail_to(email)
        assert (mail.pk == before.pk) == (EVIL in host)
        assert link_in(mail).startswith(alice_portal.organization.url("/accounts/password/reset/"))
        assert EVIL not in mail.text + mail.html


@pytest.mark.parametrize("host", [EVIL, ALICE, f"{ALICE}:1337", f"{ALICE}:@{EVIL}", PLATFORM])
def test_plain_http_is_sent_on_to_hosts_that_are_ours_alone(alice_portal: Portal, host: str) -> None:
    with override_settings(SECURE_SSL_REDIRECT=True, PUBLIC_URL=f"https://{PLATFORM}"):
        answer = Client(HTTP_HOST=host).get("/bands/?page=2")

    assert EVIL not in told(answer)
    if EVIL in host:
        assert answer.status_code == HTTPStatus.NOT_FOUND
    else:
        assert answer["Location"] == f"https://{host.partition(':')[0]}/bands/?page=2"


# --- The same over a socket: what test clients and proxies would have put right -------------------------------------


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.mark.parametrize("host", [*FOREIGN, *WRITTEN_OTHERWISE])
def test_over_a_socket_foreign_hosts_find_nothing(server: Served, host: str) -> None:
    answer = server.get("/accounts/login/?next=/backstage/", host)

    expected = {HTTPStatus.OK} if host in WRITTEN_OTHERWISE else {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}
    assert answer.status in expected
    assert EVIL not in answer.head + answer.body.decode()
    assert ":1337" not in answer.head + answer.body.decode()


@pytest.mark.parametrize(
    ("request_line", "headers", "statuses"),
    [
        (f"GET http://{EVIL}/ HTTP/1.1", f"Host: {ALICE}\r\n", {200, 400}),
        (f"GET http://{ALICE}/ HTTP/1.1", f"Host: {EVIL}\r\n", {404, 400}),
        (f"GET http://{EVIL}/ HTTP/1.1", "", {404, 400}),
        (f"GET //{EVIL}/ HTTP/1.1", f"Host: {ALICE}\r\n", {404, 400}),
        (f"GET /\\{EVIL}/ HTTP/1.1", f"Host: {ALICE}\r\n", {404, 400}),
        ("GET / HTTP/1.1", "", {404, 400}),
        ("GET / HTTP/1.0", "", {404, 400}),
        ("GET / HTTP/1.1", f"Host: {ALICE}\r\nHost: {EVIL}\r\n", {400}),
        ("GET / HTTP/1.1", f"Host: {EVIL}\r\nHost: {ALICE}\r\n", {400}),
        ("GET / HTTP/1.1", f"Host: {ALICE}\r\n Host: {EVIL}\r\n", {400}),
        ("GET / HTTP/1.1", f"Host : {EVIL}\r\nHost: {ALICE}\r\n", {400}),
        ("GET / HTTP/1.1", f"Host: {ALICE}\r\nX_Forwarded_Host: {EVIL}\r\n", {200}),
        (f"CONNECT {EVIL}:443 HTTP/1.1", f"Host: {EVIL}:443\r\n", {400, 404, 405}),
        ("OPTIONS * HTTP/1.1", f"Host: {ALICE}\r\n", {400, 404, 405}),
    ],
)
def test_requests_that_name_two_hosts_get_no_page_that_names_the_wrong_one(
    server: Served, request_line: str, headers: str, statuses: set[int]
) -> None:
    answer = server.send(f"{request_line}\r\n{headers}Connection: close\r\n\r\n".encode())

    assert answer.status in statuses
    assert EVIL not in answer.head + answer.body.decode()
