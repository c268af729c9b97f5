"""A little server with a hole of each kind that scanners look for: what finds nothing here would find nothing there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import psycopg

from bandstand.devstack.processes import free_port

PAGE = """<!doctype html><title>{title}</title>
<a href="/greeting?name=Ada">Greeting</a>
<form method="get" action="/greeting"><input name="name" value="Ada"><button>Greet</button></form>
<form method="post" action="/bands"><input name="genre" value="ska"><button>Search</button></form>
{content}"""
BANDS = "CREATE TEMPORARY TABLE bands AS VALUES ('The Anchors', 'ska'), ('Blue Tides', 'jazz')"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


class Vulnerable:
    """Greets whoever says a name, as HTML; finds bands by a genre, by a query that is glued together.

    Like a product in production, it tells nobody what the database said: a failure is a bare page with status 500.
    """

    def __init__(self, database: str) -> None:
        self.database = database

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        status, content = "200 OK", ""
        if environ["PATH_INFO"] == "/greeting":
            content = "Hello " + parse_qs(environ["QUERY_STRING"]).get("name", [""])[0]
        elif environ["PATH_INFO"] == "/bands":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
            try:
                content = " ".join(self.bands(parse_qs(body).get("genre", [""])[0]))
            except psycopg.Error:
                status = "500 Internal Server Error"
        start_response(status, [("Content-Type", "text/html; charset=utf-8")])
        return [PAGE.format(title="Bands", content=f"<p>{content}</p>").encode()]

    def bands(self, genre: str) -> list[str]:
        """Return the names of bands, and whatever else the query was made to say."""
        with psycopg.connect(self.database) as connection:
            connection.execute(BANDS)
            return [str(row[0]) for row in connection.execute(f"SELECT column1 FROM bands WHERE column2 = '{genre}'")]


@contextmanager
def vulnerable_server(database: str) -> Iterator[str]:
    """Run it for the length of the block; gives its address."""
    port = free_port()
    server = make_server("127.0.0.1", port, Vulnerable(database), server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://vulnerable.localhost:{port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
