"""Takes requests in before a thread sees them, and gives answers out after: slow clients hold no thread.

The server speaks ASGI to this module, and this module WSGI to Django. Bodies are collected beside the threads, within
bounds of size and time; a thread works on a request that is there in full, and on pieces of its answer.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import Context, copy_context
from functools import partial
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar
from urllib.parse import unquote_to_bytes

from bandstand.content.whole_numbers import whole_number
from bandstand_web.body_sizes import most_bytes
from bandstand_web.call_stack import with_room

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
Headers = list[tuple[str, str]]
T = TypeVar("T")
WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# Answered beside the threads: while all of them wait for a database, starting the process again would mend nothing.
HEALTH = b"/healthz"
PATIENCE = 20.0  # seconds for a body to arrive in, and
SLOWEST = 8 * 1024  # bytes a second, for those that take longer
IN_MEMORY = 64 * 1024  # bytes of a body; what is longer goes to a file
MOST_HELD = 64 * 1024 * 1024  # bytes in those files, of all requests together
PASSED_OVER = 100 * 1024 * 1024  # bytes of a body that is too large, so that browsers listen to the answer
MOST_HEADERS = 32 * 1024  # bytes; servers look at them in larger portions
PIECE = 256 * 1024  # bytes of an answer that are sent at a time
_REPEATED = {"COOKIE": "; "}
_UNPREFIXED = {"CONTENT_TYPE", "CONTENT_LENGTH"}


class RefusedError(Exception):
    """The request is answered without Django; the argument is the status."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Receiver:
    """An ASGI application that answers by a WSGI one, with at most `threads` requests worked on at a time."""

    def __init__(self, application: WSGIApplication, *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["raw_path"] == HEALTH:
            await _answer_health(send)
            return
        try:
            environ = environ_of(scope)
            with closing(SpooledTemporaryFile(IN_MEMORY)) as body:
                held = await self._collect(environ, receive, body)
                try:
                    await self._answer(environ, body, send)
                finally:
                    self._held -= held
        except RefusedError as refusal:
            await _refuse(refusal.status, send)

    async def _collect(self, environ: Environ, receive: Receive, body: IO[bytes]) -> int:
        """Read the request's body into `body`. Returns how many bytes of MOST_HELD it takes. Raises RefusedError.

        Of one that is larger than its address takes, nothing is kept; CONTENT_LENGTH tells the middleware.
        """
        limit = most_bytes(environ["PATH_INFO"])
        declared = _declared_length(environ)
        received = held = 0
        try:
            async for chunk in _chunks(receive):
                received += len(chunk)
                if received > PASSED_OVER:
                    break
                if max(received, declared) <= limit:
                    body.write(chunk)
                    if received > IN_MEMORY:
                        self._hold(received - held)
                        held = received
        except BaseException:
            self._held -= held
            raise
        carried = max(received, declared)
        if carried > limit:
            body.truncate(0)
        body.seek(0)
        environ["CONTENT_LENGTH"] = str(carried if carried > limit else received)
        return held

    def _hold(self, size: int) -> None:
        """Count `size` bytes more. Raises RefusedError where that is too many."""
        if self._held + size > MOST_HELD:
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE)
        self._held += size

    async def _answer(self, environ: Environ, body: IO[bytes], send: Send) -> None:
        environ["wsgi.input"] = body
        # One context for the whole request, whichever threads carry it on: what was bound in it is unbound in it.
        in_thread = partial(self._in_thread, copy_context())
        answer = await in_thread(partial(Answer, self._application, environ))
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            piece, is_last = answer.first
            while not is_last:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece, is_last = await in_thread(answer.next_piece)
            await send({"type": "http.response.body", "body": piece})
        finally:
            if not answer.is_closed:  # the client went away
                await in_thread(answer.close)

    async def _in_thread(self, context: Context, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(context.run, with_room, work))


class Answer:
    """What the application said; made, continued and closed in a thread that does nothing else meanwhile."""

    def __init__(self, application: WSGIApplication, environ: Environ) -> None:
        self.status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_closed = False
        self._parts = application(environ, self._start)
        self._rest = iter(self._parts)
        self.first = self.next_piece()

    def _start(self, status: str, headers: Headers, _problem: object = None) -> None:
        self.status = int(status.partition(" ")[0])
        self.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def next_piece(self) -> tuple[bytes, bool]:
        """Return some of the body, and whether that was the end, after which the answer is closed."""
        parts, size = [], 0
        try:
            for part in self._rest:
                parts.append(part)
                size += len(part)
                if size >= PIECE:
                    return b"".join(parts), False
        except BaseException:
            self.close()
            raise
        self.close()
        return b"".join(parts), True

    def close(self) -> None:
        """Let Django end the request."""
        self.is_closed = True
        close = getattr(self._parts, "close", None)
        if close:
            close()


def environ_of(scope: Message) -> Environ:
    """Return the request as WSGI has it (PEP 3333), without a body. Raises RefusedError for too much, or two meanings.

    The process's own environment, which servers like to add, stays out of it.
    """
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
        raise RefusedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    path = unquote_to_bytes(scope["raw_path"]).decode("latin-1")
    if not path.startswith("/"):
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for name, value in _headers(scope["headers"]):
        if name == "HTTP_HOST" and name in environ:
            raise RefusedError(HTTPStatus.BAD_REQUEST)  # RFC 9112, 3.2: one Host, or nobody knows whose request it is
        glue = _REPEATED.get(name.removeprefix("HTTP_"), ",")
        environ[name] = f"{environ[name]}{glue}{value}" if name in environ else value
    return environ


def _headers(sent: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for name, value in sent:
        # Django couldn't tell `X_Forwarded_For` from the `X-Forwarded-For` that a proxy sets.
        if b"_" in name or name == b"transfer-encoding":
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        yield key if key in _UNPREFIXED else f"HTTP_{key}", value.decode("latin-1")


def _declared_length(environ: Environ) -> int:
    return whole_number(environ.get("CONTENT_LENGTH", "")) or 0


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the body's pieces as they come. Raises RefusedError where the client is too slow or gone."""
    began, received, more = asyncio.get_running_loop().time(), 0, True
    while more:
        try:
            async with asyncio.timeout_at(began + PATIENCE + received / SLOWEST):
                message = await receive()
        except TimeoutError:
            raise RefusedError(HTTPStatus.REQUEST_TIMEOUT) from None
        if message["type"] == "http.disconnect":
            raise RefusedError(HTTPStatus.BAD_REQUEST)
        more = message.get("more_body", False)
        received += len(message.get("body", b""))
        yield message.get("body", b"")


async def _answer_health(send: Send) -> None:
    headers = [
        (b"content-type", b"text/plain"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": int(HTTPStatus.OK), "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\n"})


async def _refuse(status: HTTPStatus, send: Send) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"30"))
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": f"{status.phrase}. {status.description}\n".encode()})
