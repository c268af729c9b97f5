"""Buffers requests and responses outside the worker threads, so that slow clients don't occupy a thread.

The server speaks ASGI to this module, and this module speaks WSGI to Django. Bodies are collected on the event loop,
within limits of size and time; a thread only handles a complete request and chunks of its response.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from contextvars import Context, copy_context
from functools import partial
from http import HTTPStatus
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar
from urllib.parse import unquote_to_bytes

from bandstand.content.whole_numbers import whole_number
from bandstand_web.body_sizes import most_bytes
from bandstand_web.call_stack import with_room
from bandstand_web.compartments import CROWDED, Compartments, CrowdedError, Names, compartments_of
from bandstand_web.compartments import PATIENCE as PATIENCE_FOR_TURN

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
Headers = list[tuple[str, str]]
T = TypeVar("T")
WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# Answered on the event loop: while all threads wait for a database, restarting the process would fix nothing.
HEALTH = b"/healthz"
PATIENCE = 20.0  # seconds for a body to arrive, plus
SLOWEST = 8 * 1024  # bytes per second, the minimum rate after that
IN_MEMORY = 64 * 1024  # bytes of a body; larger ones are spooled to a file
MOST_HELD = 64 * 1024 * 1024  # bytes in those files, for all requests together
PASSED_OVER = 100 * 1024 * 1024  # bytes of an oversized body to discard, so that browsers read the response
MOST_HEADERS = 32 * 1024  # bytes; the server's own limit is higher
PIECE = 256 * 1024  # bytes of a response sent at a time
_USUALLY_BARE = ("GET", "HEAD")  # methods
_REPEATED = {"COOKIE": "; "}
_UNPREFIXED = {"CONTENT_TYPE", "CONTENT_LENGTH"}


class RefusedRequestError(Exception):
    """The request is rejected before it reaches Django; the argument is the status."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class RequestReceiver:
    """An ASGI application around a WSGI one, handling at most `threads` requests at a time, and `share` of a portal."""

    def __init__(self, application: WSGIApplication, *, threads: int, share: int | None = None) -> None:
        self._application = application
        self._compartments = Compartments(threads if share is None else share)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["raw_path"] == HEALTH:
            await _answer_health(send)
            return
        try:
            environ = environ_of(scope)
            if _has_no_body(scope):
                environ["CONTENT_LENGTH"] = "0"
                await self._answer(environ, BytesIO(), send)
                return
            with closing(SpooledTemporaryFile(IN_MEMORY)) as body:
                held = await self._collect(environ, receive, body)
                try:
                    await self._answer(environ, body, send)
                finally:
                    self._held -= held
        except RefusedRequestError as refusal:
            await _refuse(refusal.status, send)

    async def _collect(self, environ: Environ, receive: Receive, body: IO[bytes]) -> int:
        """Read the request's body into `body`. Returns how many bytes of MOST_HELD it uses. Raises RefusedError.

        A body over its URL's limit is discarded; CONTENT_LENGTH tells the middleware.
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
        """Reserve `size` more bytes. Raises RefusedError if that exceeds MOST_HELD."""
        if self._held + size > MOST_HELD:
            raise RefusedRequestError(HTTPStatus.SERVICE_UNAVAILABLE)
        self._held += size

    async def _answer(self, environ: Environ, body: IO[bytes], send: Send) -> None:
        environ["wsgi.input"] = body
        # One context for the whole request, whichever threads run it, so that variables are reset where they were set.
        in_thread = partial(self._in_thread, copy_context(), compartments_of(environ))
        begin = partial(Answer, self._application, environ)
        try:
            answer = await in_thread(begin, patience=PATIENCE_FOR_TURN)
        except CrowdedError:
            environ[CROWDED] = True
            in_thread = partial(self._in_thread, copy_context(), ())
            answer = await in_thread(begin)
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

    async def _in_thread(
        self, context: Context, names: Names, work: Callable[[], T], *, patience: float | None = None
    ) -> T:
        await self._compartments.enter(names, patience=patience)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        work_in_thread = self._threads.submit(context.run, with_room, work)
        # The loop is woken once for both: to wake it takes longer than all else here.
        work_in_thread.add_done_callback(lambda done: loop.call_soon_threadsafe(self._done, names, done, answer))
        try:
            return await answer
        except asyncio.CancelledError:
            work_in_thread.cancel()
            raise

    def _done(self, names: Names, done: Future[T], answer: asyncio.Future[T]) -> None:
        # The turn lasts as long as the thread, whatever becomes of the request.
        self._compartments.leave(names)
        if answer.done():  # the request was cancelled
            return
        problem = done.exception()
        if problem is None:
            answer.set_result(done.result())
        else:
            answer.set_exception(problem)


class Answer:
    """The application's response; created, iterated and closed in a worker thread."""

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
        """Return the next chunk of the body, and whether it was the last one, after which the response is closed."""
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
        """Close the response, so that Django ends the request."""
        self.is_closed = True
        close = getattr(self._parts, "close", None)
        if close:
            close()


def environ_of(scope: Message) -> Environ:
    """Convert the request to a WSGI environ (PEP 3333), without a body. Raises RefusedError if too large or ambiguous.

    The process's environment variables, which servers often add, are left out.
    """
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
        raise RefusedRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    path = unquote_to_bytes(scope["raw_path"]).decode("latin-1")
    if not path.startswith("/"):
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST)
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
            raise RefusedRequestError(HTTPStatus.BAD_REQUEST)  # RFC 9112, 3.2: several Host headers are ambiguous
        glue = _REPEATED.get(name.removeprefix("HTTP_"), ",")
        environ[name] = f"{environ[name]}{glue}{value}" if name in environ else value
    return environ


def _headers(sent: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for name, value in sent:
        # WSGI can't distinguish `X_Forwarded_For` from the `X-Forwarded-For` that a proxy sets.
        if b"_" in name or name == b"transfer-encoding":
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        yield key if key in _UNPREFIXED else f"HTTP_{key}", value.decode("latin-1")


def _has_no_body(scope: Message) -> bool:
    """Whether no body follows, as with nearly all requests for pages. Source: RFC 9112, 6.3."""
    tells = (b"content-length", b"transfer-encoding")
    return scope["method"] in _USUALLY_BARE and not any(name in tells for name, _value in scope["headers"])


def _declared_length(environ: Environ) -> int:
    return whole_number(environ.get("CONTENT_LENGTH", "")) or 0


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the body's chunks as they arrive. Raises RefusedError if the client is too slow or disconnects."""
    began, received, more = asyncio.get_running_loop().time(), 0, True
    while more:
        try:
            async with asyncio.timeout_at(began + PATIENCE + received / SLOWEST):
                message = await receive()
        except TimeoutError:
            raise RefusedRequestError(HTTPStatus.REQUEST_TIMEOUT) from None
        if message["type"] == "http.disconnect":
            raise RefusedRequestError(HTTPStatus.BAD_REQUEST)
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
