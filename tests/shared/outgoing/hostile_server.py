"""Servers on loopback that answer as no good server would, and an authority that vouches for them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import trustme

Behaviour = Callable[["Conversation"], None]


class Conversation:
    """One visitor's connection, and the request that was read from it."""

    def __init__(self, connection: socket.socket, request: str) -> None:
        self._connection = connection
        self.request = request

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._connection.sendall(data)

    def answer(self, status: str, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer; `_` in names of headers stands for `-`."""
        lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines):
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode() + body)


class HostileServer:
    """Answers each visitor by `behaviour` and remembers the requests. With a certificate, it speaks TLS."""

    def __init__(
        self, behaviour: Behaviour, *, certificate: trustme.LeafCert | None, address: str = "127.0.0.1"
    ) -> None:
        self.behaviour = behaviour
        self.requests: list[str] = []
        self.connections = 0
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(self._context)
        self._listening = socket.create_server((address, 0))
        self.port: int = self._listening.getsockname()[1]

    def serve(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                connection, _visitor = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            Thread(target=self._converse, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        """End `serve`."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with suppress(OSError), connection:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    piece = connection.recv(4096)
                    if not piece:
                        return
                    request += piece
                self.requests.append(request.decode())
                self.behaviour(Conversation(connection, request.decode()))


@contextmanager
def hostile_server(
    behaviour: Behaviour, *, certificate: trustme.LeafCert | None = None, address: str = "127.0.0.1"
) -> Iterator[HostileServer]:
    """Run a server that behaves like this."""
    server = HostileServer(behaviour, certificate=certificate, address=address)
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=5)
