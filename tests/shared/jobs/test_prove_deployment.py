"""The proof that `helm test` runs names the part that is missing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.core.management import CommandError, call_command

from bandstand.jobs.models import Job, State

REFUSED = "http://127.0.0.1:1"


class Web(BaseHTTPRequestHandler):
    """Answers /readyz as web does."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(b'{"database": "ok", "redis": "unreachable"}')

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[tuple[type[Web], str]]:
    handler = type("Handler", (Web,), {})
    server = HTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_it_says_that_web_is_away():
    with pytest.raises(CommandError, match="can't be reached"):
        call_command("prove_deployment", web=REFUSED)


def test_it_says_what_web_lacks(web):
    handler, address = web
    handler.status = 503
    with pytest.raises(CommandError, match=r'not ready.*"redis": "unreachable"'):
        call_command("prove_deployment", web=address)


def test_it_says_that_nobody_admits_jobs(web, db):
    with pytest.raises(CommandError, match="no dispatcher is active, or no worker lives"):
        call_command("prove_deployment", web=web[1], seconds=0.1)


def test_it_waits_for_one_job_only_and_says_where_it_is(web, db):
    with pytest.raises(CommandError):
        call_command("prove_deployment", web=web[1], seconds=0.1)
    Job.objects.update(state=State.ADMITTED)
    with pytest.raises(CommandError, match="no worker of the queue took it up"):
        call_command("prove_deployment", web=web[1], seconds=0.1, stdout=io.StringIO())
    assert Job.objects.count() == 1
