"""What arrives of request lines and line ends that no browser sends, at the server itself, without a proxy before it.

granian's parser can't be told to refuse them: a request's other host is gone before our code runs, and line feeds end
lines. Proxies that ship write requests anew. What counts here: one host decides, and it is the one in `Host`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.attacks.serving import Served, served

pytestmark = pytest.mark.attack

ALICE, CHARLIE, EVIL = "alice.bandstand.localhost", "charlie.bandstand.localhost", "evil.example"


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Served]:
    with served() as running:
        yield running


def answers(server: Served, request: bytes) -> list[tuple[int, str]]:
    """Return status and text of each answer that comes until the connection ends."""
    with server.connect(timeout=20) as connection:
        connection.sendall(request)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    parts = re.split(rb"(?=HTTP/1\.1 \d{3} )", received)
    return [(int(part[9:12]), part.decode(errors="replace")) for part in parts if part]


@pytest.mark.parametrize(
    ("target", "host", "status", "portal"),
    [
        (f"http://{CHARLIE}/", ALICE, 200, "Alice&#x27;s Agency"),
        (f"http://{ALICE}/", CHARLIE, 200, "Charlie&#x27;s Choirs"),
        (f"http://{EVIL}/", ALICE, 200, "Alice&#x27;s Agency"),
        (f"http://{ALICE}/", EVIL, 404, ""),
        (f"http://{ALICE}@{EVIL}/", ALICE, 200, "Alice&#x27;s Agency"),
    ],
)
def test_of_two_hosts_the_one_in_its_header_counts_and_the_other_is_nowhere(
    server: Served, target: str, host: str, status: int, portal: str
) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()

    ((got, text),) = answers(server, request)

    assert got in {status, 400}
    other = ({"Alice&#x27;s Agency", "Charlie&#x27;s Choirs"} - {portal}) | {EVIL}
    assert not any(word in text for word in other)
    assert got == 400 or portal in text


def test_a_page_that_was_asked_for_with_another_host_is_kept_for_its_own(server: Served) -> None:
    for target in (f"http://{CHARLIE}/bands/", f"http://{EVIL}/bands/", "/bands/"):
        ((status, text),) = answers(
            server, f"GET {target} HTTP/1.1\r\nHost: {ALICE}\r\nConnection: close\r\n\r\n".encode()
        )
        assert status == 200
        assert "charlie" not in text.lower()
        assert EVIL not in text


def test_single_line_feeds_end_lines_and_begin_no_header_of_their_own(server: Served) -> None:
    ((status, text),) = answers(server, f"GET / HTTP/1.1\nHost: {ALICE}\nConnection: close\n\n".encode())

    assert status == 200
    assert "Alice&#x27;s Agency" in text


@pytest.mark.parametrize("ending", ["\r", "\x0b", "\x0c", "\x00", "\u0085"])
def test_nothing_else_ends_a_line(server: Served, ending: str) -> None:
    request = f"GET / HTTP/1.1\r\nHost: {ALICE}\r\nX-A: b{ending}Host: {EVIL}\r\nConnection: close\r\n\r\n"

    found = answers(server, request.encode("latin-1"))

    assert [status for status, _text in found] in ([200], [400])
    assert all(EVIL not in text for _status, text in found)


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 4\nContent-Length: 40\r\n",
        "Content-Length: 4, 40\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: " + "9" * 5000 + "\r\n",
        "Content-Length: \u00b2\r\n",
        "Transfer-Encoding: chunked\nTransfer-Encoding: identity\r\n",
    ],
)
def test_a_body_of_two_lengths_is_refused(server: Served, headers: str) -> None:
    request = f"POST /language/ HTTP/1.1\r\nHost: {ALICE}\r\n{headers}Connection: close\r\n\r\n0\r\n\r\n"

    found = answers(server, request.encode("latin-1"))

    assert [status for status, _text in found] == [400]
