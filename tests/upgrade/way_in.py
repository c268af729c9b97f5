"""What stands in front of web on a cluster: connections go round robin to those that are ready."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import suppress

READY_SECONDS = 0.5  # between two looks at /readyz


class WayIn:
    """A TCP proxy on the loopback interface. Add and remove the ports of web processes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        self._members: list[int] = []
        self._ready: list[int] = []
        self._turn = 0
        self._stopped = threading.Event()
        self.lost_readiness: list[int] = []
        threading.Thread(target=self._accept, daemon=True).start()
        threading.Thread(target=self._probe, daemon=True).start()

    def add(self, port: int) -> None:
        """Let a process take part once it is ready."""
        self._members.append(port)

    def remove(self, port: int) -> None:
        """Send nothing new to a process; what it has goes on."""
        self._members.remove(port)

    def is_ready(self, port: int) -> bool:
        """Whether the process answered its last probe with 200."""
        return port in self._ready

    def close(self) -> None:
        """Stop."""
        self._stopped.set()
        self._listener.close()

    def _probe(self) -> None:
        while not self._stopped.wait(READY_SECONDS):
            members = list(self._members)
            ready = [port for port in members if answers_ready(port)]
            self.lost_readiness += [port for port in self._ready if port in members and port not in ready]
            self._ready = ready

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                visitor, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(visitor,), daemon=True).start()

    def _serve(self, visitor: socket.socket) -> None:
        able = [port for port in self._ready if port in self._members]
        if not able:
            visitor.close()
            return
        self._turn += 1
        with visitor, suppress(OSError), socket.create_connection(("127.0.0.1", able[self._turn % len(able)])) as web:
            back = threading.Thread(target=_copy, args=(web, visitor), daemon=True)
            back.start()
            _copy(visitor, web)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def answers_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
