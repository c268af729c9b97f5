"""What is too large, too much or ambiguous is refused by the real server, with an answer that says so."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pytest

from bandstand_web.body_sizes import MOST_WITH_FILES, most_bytes
from tests.attacks.serving import Served, served

HOST = "alice.bandstand.localhost"
MEBIBYTE = 1024 * 1024
BOUNDARY = "xxxx"
PART = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{{name}}"{{file}}\r\n\r\n{{value}}\r\n'


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Served]:
    with served() as running:
        yield running


def post(path: str, body: bytes, *, kind: str = "application/x-www-form-urlencoded", host: str = HOST) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def test_a_large_body_is_refused_with_a_page(server: Served) -> None:
    answer = server.send(post("/language/", b"x" * (3 * MEBIBYTE)))

    assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "Too much luggage" in answer.body.decode()
    assert "2.0\xa0MB" in answer.body.decode()


def test_a_large_body_without_a_length_is_refused_as_well(server: Served) -> None:
    chunk = f"{MEBIBYTE:x}\r\n".encode() + b"x" * MEBIBYTE + b"\r\n"
    head = (
        f"POST /language/ HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
    )

    answer = server.send(head + chunk * 3 + b"0\r\n\r\n")

    assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_the_teams_pages_take_pictures(server: Served) -> None:
    taken = server.send(post("/backstage/bands/1/photos/", b"x" * (20 * MEBIBYTE)), timeout=60)
    refused = server.send(post("/backstage/bands/1/photos/", b"x" * (MOST_WITH_FILES + 1)), timeout=60)

    assert taken.status == HTTPStatus.FORBIDDEN  # whoever isn't logged in has no token either
    assert refused.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_form_of_many_fields_is_refused(server: Served) -> None:
    fields = "&".join(f"f{number}=" for number in range(2001))

    assert server.send(post("/language/", fields.encode())).status == HTTPStatus.BAD_REQUEST


def test_a_form_of_many_files_is_refused(server: Served) -> None:
    parts = "".join(PART.format(name=f"f{number}", file='; filename="a"', value="") for number in range(101))
    body = f"{parts}--{BOUNDARY}--\r\n".encode()

    answer = server.send(post("/language/", body, kind=f"multipart/form-data; boundary={BOUNDARY}"))

    assert answer.status == HTTPStatus.BAD_REQUEST


def test_fields_of_a_form_with_files_may_not_be_large(server: Served) -> None:
    part = PART.format(name="text", file="", value="x" * (3 * MEBIBYTE))
    body = f"{part}--{BOUNDARY}--\r\n".encode()

    answer = server.send(post("/backstage/bands/1/photos/", body, kind=f"multipart/form-data; boundary={BOUNDARY}"))

    assert answer.status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.FORBIDDEN}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("X-Long: " + "a" * 100_000 + "\r\n", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
        ("".join(f"X-{number}: a\r\n" for number in range(200)), HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
        ("Host: evil.example\r\n", HTTPStatus.BAD_REQUEST),
        ("Content-Length: 3\r\nContent-Length: 5\r\n", HTTPStatus.BAD_REQUEST),
        ("Content-Length: -1\r\n", HTTPStatus.BAD_REQUEST),
        ("Bad Name: a\r\n", HTTPStatus.BAD_REQUEST),
    ],
    ids=["long", "many", "two hosts", "two lengths", "negative", "malformed"],
)
def test_headers_are_bounded_and_unambiguous(server: Served, headers: str, status: HTTPStatus) -> None:
    answer = server.send(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n{headers}Connection: close\r\n\r\n".encode())

    assert answer.status == status


def test_a_long_address_is_refused(server: Served) -> None:
    assert server.get("/bands/?q=" + "a" * 100_000, HOST).status in {
        HTTPStatus.REQUEST_URI_TOO_LONG,
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    }


def test_sizes_are_those_that_the_pages_name() -> None:
    assert most_bytes("/backstage/bands/1/photos/") == MOST_WITH_FILES
    assert most_bytes("/bands/") < MOST_WITH_FILES
