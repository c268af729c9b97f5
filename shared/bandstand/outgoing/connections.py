"""Connections that end in time, by urllib3."""

from __future__ import annotations

import socket
from threading import Lock, Timer
from time import monotonic
from typing import Any, Self

import structlog
import urllib3
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection

from bandstand.outgoing.problems import TooSlowError

log = structlog.get_logger("bandstand.outgoing")


class Deadline:
    """Cuts all connections that are open when the time is over, whatever is waited for then: the handshake, a header
    that comes byte by byte, the body. Time-outs of sockets would begin anew with each byte."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self.is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()

    def left(self, most: float) -> float:
        """Return the seconds that are left, at most so many. Raises TooSlowError where none are."""
        left = self._end - monotonic()
        if self.is_over or left <= 0:
            raise too_slow()
        return min(left, most)

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection too when the time is over."""
        with self._lock:
            self._sockets.append(connection.dup())

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            for each in self._sockets:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    log.debug("a connection had ended before its time")


def too_slow() -> TooSlowError:
    """Return what is raised when the time is over."""
    return TooSlowError(_("The server takes too long to respond."))


class _Watched:
    """A connection that tells the deadline of its socket before a byte is exchanged."""

    def __init__(self, *arguments: Any, deadline: Deadline, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc] # of urllib3's classes, below
        self._deadline.watch(made)
        return made


class _WatchedHTTP(_Watched, HTTPConnection):
    pass


class _WatchedHTTPS(_Watched, HTTPSConnection):
    pass


class HTTPPool(urllib3.HTTPConnectionPool):
    """Connections to one address, unencrypted. Takes a `deadline`."""

    ConnectionCls = _WatchedHTTP


class HTTPSPool(urllib3.HTTPSConnectionPool):
    """Connections to one address, by TLS. Takes a `deadline`."""

    ConnectionCls = _WatchedHTTPS
