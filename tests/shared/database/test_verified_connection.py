"""With the variables that the chart sets, PostgreSQL must prove its name, and everybody else is trusted as before.

The embedded server has no TLS: a listener in front of it answers SSLRequest and passes on what it decrypts.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection
from pytest_django.fixtures import Settings

from bandstand.tenancy import template

SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and the certificate that it gave to `localhost`."""

    certificate: Path
    chain: Path


def authority(folder: Path) -> Authority:
    key, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Company")])
    own = signed(name, name, key, key, x509.BasicConstraints(ca=True, path_length=None))
    host = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    given = signed(host, name, server, key, x509.SubjectAlternativeName([x509.DNSName("localhost")]))
    secret = server.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    found = Authority(folder / "ca.crt", folder / "server.pem")
    found.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    found.chain.write_bytes(secret + given.public_bytes(serialization.Encoding.PEM))
    return found


def signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).add_extension(extension, critical=True)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return builder.sign(by, hashes.SHA256())


@contextlib.contextmanager
def encrypted(chain: Path) -> Iterator[int]:
    """Put TLS in front of the server, and give the port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, context), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, context: ssl.SSLContext) -> None:
    server = urlsplit(os.environ["DATABASE_URL"])
    while True:
        try:
            client, _address = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, context, (server.hostname, server.port)), daemon=True).start()


def _serve(client: socket.socket, context: ssl.SSLContext, server: tuple[str, int]) -> None:
    with contextlib.suppress(OSError), client:
        if client.recv(len(SSL_REQUEST)) != SSL_REQUEST:
            return
        client.sendall(b"S")
        with context.wrap_socket(client, server_side=True) as secured, socket.create_connection(server) as upstream:
            threading.Thread(target=_pass_on, args=(upstream, secured), daemon=True).start()
            _pass_on(secured, upstream)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("company"))


@pytest.fixture
def port(company: Authority) -> Iterator[int]:
    with encrypted(company.chain) as found:
        yield found


def connect(host: str, port: int) -> tuple[object, ...] | None:
    """Ask the server something, as an address without any sslmode leads to it."""
    about = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(
        host=host, port=port, user=about.username, password=about.password, dbname=about.path[1:], connect_timeout=10
    ) as link:
        assert link.pgconn.ssl_in_use
        return link.execute("SELECT 1").fetchone()


def test_a_server_that_proves_its_name_is_talked_to(
    company: Authority, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(company.certificate))
    assert connect("localhost", port) == (1,)


def test_one_of_another_name_is_not(company: Authority, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(company.certificate))
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        connect("127.0.0.1", port)


def test_one_that_somebody_else_vouches_for_is_not(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(authority(tmp_path).certificate))
    with pytest.raises(psycopg.OperationalError, match="SSL error"):
        connect("localhost", port)


def test_pg_dump_is_told_how_sure_it_must_be(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded one has no TLS; this one says what it was told."""
    told = tmp_path / "pg_dump"
    told.write_text('#!/bin/sh\necho "$@"\n')
    told.chmod(0o755)
    settings.PG_DUMP = str(told)
    verified = {**connection.settings_dict["OPTIONS"], "sslmode": "verify-full", "sslrootcert": "system"}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", verified)

    said = template._dump("some").split()

    assert {"sslmode=verify-full", "sslrootcert=system"} <= set(said)


def test_the_public_authorities_are_still_trusted_by_everything_else(
    company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE takes the place of a file; the image's are in a folder, which OpenSSL looks into as well."""
    before = ssl.get_default_verify_paths().capath
    monkeypatch.setenv("SSL_CERT_FILE", str(company.certificate))
    context = ssl.create_default_context()
    names = {dict(part for parts in each["subject"] for part in parts)["commonName"] for each in context.get_ca_certs()}
    assert names == {"Company"}
    assert before
    assert ssl.get_default_verify_paths().capath == before
