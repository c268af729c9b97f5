"""A proxy that adds TLS in front of the embedded servers, which have none, with a certificate that can expire."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # https://www.postgresql.org/docs/current/protocol-message-formats.html
_DAY = timedelta(days=1)


class Authority:
    """A certificate authority in a folder, which issues one server's certificate."""

    def __init__(self, folder: Path) -> None:
        self.certificate_file = folder / "authority.pem"
        self._server_file = folder / "server.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A test's authority")])
        builder = self._builder(self._name, self._key, valid_for=_DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        made = builder.sign(self._key, hashes.SHA256())
        self.certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def issue(self, *, valid_for: timedelta) -> ssl.SSLContext:
        """Return what a server at the loopback address proves itself with; a negative time has passed."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOOPBACK)])
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))])
        made = self._builder(name, key, valid_for=valid_for).add_extension(address, critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        signed = made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self._server_file.write_bytes(private + signed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._server_file)
        return context

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, valid_for: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * _DAY)
            .not_valid_after(now + valid_for)
        )


class Proxy:
    """Speaks TLS at `port` for a server that doesn't; `speaks_postgres` if clients ask for TLS first."""

    def __init__(self, authority: Authority, target: int, *, speaks_postgres: bool) -> None:
        self._authority = authority
        self._target = target
        self._speaks_postgres = speaks_postgres
        self._context = authority.issue(valid_for=_DAY)
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def expired(self) -> Iterator[None]:
        """Let the certificate have expired yesterday, for new connections; there are no others."""
        self._context = self._authority.issue(valid_for=-_DAY)
        self.cut()
        yield
        self._context = self._authority.issue(valid_for=_DAY)

    def cut(self) -> None:
        """End all connections."""
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # it was closed
            while True:
                client, _address = self._listening.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            if self._speaks_postgres:
                if client.recv(8) != _SSL_REQUEST:
                    return
                client.sendall(b"S")
            with (
                self._context.wrap_socket(client, server_side=True) as secured,
                socket.create_connection((LOOPBACK, self._target)) as server,
            ):
                self._open |= {secured, server}
                back = threading.Thread(target=_pass_on, args=[server, secured], daemon=True)
                back.start()
                _pass_on(secured, server)
                back.join()
                self._open -= {secured, server}


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
