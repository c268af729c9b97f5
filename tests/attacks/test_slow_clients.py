"""Whoever sends or reads slowly waits alone: other visitors are served meanwhile, by the real server."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from tests.attacks.serving import Served, answer_on, served
from tests.conftest import Portal

pytestmark = pytest.mark.xdist_group("slow clients")

MANY = 50
THREADS = 2
HOST = "alice.bandstand.localhost"
# A view that anybody may post to, and that reads what it gets before anything else.
FORM = f"POST /language/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BEGINNINGS = {
    "nothing": "",
    "half a header": f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ",
    "half a body": f"{FORM}Content-Length: 1000\r\n\r\nlanguage=",
    "half a body in chunks": f"{FORM}Transfer-Encoding: chunked\r\n\r\n9\r\nlanguage=\r\n",
    "half a file": f"{FORM}Content-Length: 1900000\r\n\r\n" + "x" * 100_000,
}


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Served]:
    with served(BANDSTAND_WEB_THREADS=str(THREADS)) as running:
        running.get("/", HOST)  # the first page loads what later ones need
        yield running


@contextlib.contextmanager
def slow_senders(server: Served, beginning: str) -> Iterator[list[socket.socket]]:
    """Open many connections that begin a request and don't end it."""
    with contextlib.ExitStack() as open_ones:
        connections = [open_ones.enter_context(server.connect()) for _number in range(MANY)]
        for each in connections:
            each.sendall(beginning.encode())
        time.sleep(0.5)  # for the server to have all of them: nothing tells from outside
        yield connections


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_slow_senders_leave_others_served(server: Served, beginning: str) -> None:
    with slow_senders(server, beginning):
        assert server.get("/", HOST).status == HTTPStatus.OK


def test_what_was_sent_slowly_is_answered_all_the_same(server: Served) -> None:
    with slow_senders(server, f"{FORM}Content-Length: 11\r\nConnection: close\r\n\r\nlanguage") as connections:
        for each in connections[:THREADS]:
            each.sendall(b"=de")
            answer = answer_on(each)
            assert (answer.status, answer.header("Set-Cookie").partition(";")[0]) == (
                HTTPStatus.FOUND,
                "django_language=de",
            )


@pytest.mark.long
def test_slow_readers_leave_others_served(server: Served, large_picture: str) -> None:
    with contextlib.ExitStack() as open_ones:
        for _number in range(MANY):
            connection = open_ones.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(f"GET /media/{large_picture} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        time.sleep(0.5)

        assert server.get("/", HOST).status == HTTPStatus.OK


def test_a_large_file_arrives_whole(server: Served, large_picture: str) -> None:
    answer = server.get(f"/media/{large_picture}", HOST)

    assert (answer.status, len(answer.body)) == (HTTPStatus.OK, 30_000_012)
    assert answer.header("Content-Length") == "30000012"


@pytest.fixture
def large_picture(alice_portal: Portal) -> Iterator[str]:
    """Path of a file that fits into no buffer."""
    from django.core.files.base import ContentFile  # noqa: PLC0415
    from django.core.files.storage import default_storage  # noqa: PLC0415

    path = f"{alice_portal.organization.schema_name}/pictures/large/1920.webp"
    stored = default_storage.save(path, ContentFile(b"RIFF0000WEBP" + b"x" * 30_000_000))
    yield stored
    default_storage.delete(stored)


@pytest.mark.security
def test_a_body_that_never_ends_is_given_up(server: Served) -> None:
    began = time.monotonic()
    with server.connect(timeout=60) as connection:
        connection.sendall(f"{FORM}Content-Length: 1000\r\n\r\n".encode())
        for _second in range(40):
            try:
                connection.sendall(b"x")
            except OSError:
                break
            time.sleep(0.5)
        assert answer_on(connection).status == HTTPStatus.REQUEST_TIMEOUT
    assert time.monotonic() - began < 40


@pytest.mark.security
def test_headers_that_never_end_are_given_up(server: Served) -> None:
    began = time.monotonic()
    with server.connect(timeout=60) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n".encode())
        with contextlib.suppress(OSError):
            while time.monotonic() - began < 60:
                connection.sendall(b"X-A: b\r\n")
                time.sleep(0.5)
    assert time.monotonic() - began < 45
