"""urllib3 connections with an overall deadline."""

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
    """Closes all open connections when the time is up, whether in the handshake, in slowly trickling headers or in the
    body. Socket timeouts wouldn't do, as they restart with each byte."""

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
        """Return the remaining seconds, at most `most`. Raises TooSlowError if there are none."""
        left = self._end - monotonic()
        if self.is_over or left <= 0:
            raise too_slow()
        return min(left, most)

    def watch(self, connection: socket.socket) -> None:
        """Close this connection too when the time is up."""
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
    """Return the exception to raise when the time is up."""
    return TooSlowError(_("The server takes too long to respond."))


class _Watched:
    """A connection that registers its socket with the deadline before exchanging data."""

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
    """Unencrypted connections to one address. Takes a `deadline`."""

    ConnectionCls = _WatchedHTTP


class HTTPSPool(urllib3.HTTPSConnectionPool):
    """TLS connections to one address. Takes a `deadline`."""

    ConnectionCls = _WatchedHTTPS
