"""The whole product, started as `make run` starts it, and a real browser beside it."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import pytest
import trustme
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bandstand.devstack.places import state_folder
from bandstand.devstack.processes import free_port
from tests.required_tools import require
from tests.servers import ROOT, worker_number
from tests.shared.outgoing.hostile_server import HostileServer, hostile_server
from tests.waiting import LONG

Found = TypeVar("Found")
# What this process's own tests were given must not lead the product to their database.
OWN = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "BANDSTAND_PROFILE", "EMAIL_URL", "BANDSTAND_MEDIA")
STACK = f"e2e-{worker_number()}"  # test processes run at the same time
MEDIA_HOST = "media.bandstand-files.localhost"
CHROMIUM = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
]


@dataclass(frozen=True)
class Product:
    """A running Bandstand."""

    port: int
    mailbox: Path
    environment: Mapping[str, str]

    def url(self, path: str = "/", portal: str = "") -> str:
        """Return an address at the platform, or at the portal with this slug."""
        host = f"{portal}.bandstand.localhost" if portal else "bandstand.localhost"
        return f"http://{host}:{self.port}{path}"

    def mail_to(self, address: str, about: str = "") -> str:
        """Return the text of the newest mail to `address`; waits until there is one."""

        return text_of(self.newest_mail_to(address, about))

    def newest_mail_to(self, address: str, about: str = "") -> EmailMessage:
        """Return the newest mail to `address`; waits until there is one."""

        def look() -> EmailMessage | None:
            for path in sorted(self.mailbox.glob("*.eml"), reverse=True):
                mail = message_from_bytes(path.read_bytes(), policy=policy.default)
                if address in str(mail["to"]) and about in str(mail["subject"]) and text_of(mail):
                    return mail
            return None

        return wait_for(look, f"a mail to {address}")

    def manage(self, *arguments: str, given: bytes = b"", **variables: str) -> int:
        """Run a command of manage.py with `given` on its standard input, and return its exit code."""
        command = [sys.executable, "-m", "bandstand.devstack", "manage", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env={**self.environment, **variables}, input=given, check=False
        ).returncode


def width_of(page: Page) -> int:
    """Return how wide the page is, in pixels, once it has the style sheets and pictures that it asked for."""
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth"))


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail; "" if it has none."""
    body = mail.get_body(preferencelist=("plain",))
    return str(body.get_content()) if body else ""


def wait_for(look: Callable[[], Found | None], what: str, seconds: float = LONG) -> Found:
    """Return what `look` finds. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    pytest.fail(f"waited {seconds:.0f} s for {what}")


@dataclass(frozen=True)
class FileServer:
    """A server with files for everybody who has the link; its authority's certificate is in a file."""

    server: HostileServer
    authority: Path

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://127.0.0.1:{self.server.port}"


@pytest.fixture(scope="session")
def file_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    """A server that a link may lead to, with TLS."""
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(path)
    bands = "name,town,genres\nWattwurm,Büsum,Folk\nDeichkind der Zweite,Husum,Pop\n".encode()
    with hostile_server(
        lambda visitor: visitor.answer("200 OK", bands, Content_Type="text/csv"),
        certificate=authority.issue_cert("127.0.0.1"),
    ) as server:
        yield FileServer(server, path)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, file_server: FileServer) -> Iterator[Product]:
    """The product with servers, folders and a port of its own."""
    require("chromium")
    folder = tmp_path_factory.mktemp("product")
    port = free_port()
    shutil.rmtree(state_folder(STACK), ignore_errors=True)  # journeys sign up with the same names each time
    environment = {name: value for name, value in os.environ.items() if name not in OWN}
    environment |= {
        "BANDSTAND_PORT": str(port),
        "BANDSTAND_STACK": STACK,
        "BANDSTAND_MEDIA": str(folder / "media"),
        "BANDSTAND_MEDIA_HOST": MEDIA_HOST,
        "BANDSTAND_OUTGOING_ALLOWED": f"127.0.0.1:{file_server.server.port}",
        "SSL_CERT_FILE": str(file_server.authority),
        "BANDSTAND_REPLY_ADDRESS": "answers@in.example.org",
        "BANDSTAND_MIRRORED_LANGUAGE": "true",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bandstand.devstack", "run"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = _relay(process)
    try:
        _wait_until_ready(lines)
        yield Product(port, folder / "mail", environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _relay(process: subprocess.Popen[str]) -> queue.Queue[str | None]:
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _wait_until_ready(lines: queue.Queue[str | None]) -> None:
    seen = []
    while (line := lines.get(timeout=180)) is not None:
        seen.append(line)
        if "Stop with Ctrl-C" in line:
            return
    pytest.fail("the product did not start:\n" + "".join(seen[-30:]))


@pytest.fixture(scope="module")
def browser(product: Product) -> Iterator[Browser]:
    """Debian's Chromium; gone before the next file's tests, for Django refuses to work while its event loop runs."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=require("chromium"), args=CHROMIUM)
        expect.set_options(timeout=LONG * 1000)
        yield chromium
        chromium.close()


# A refused form answers 422; a page that is left at once has no time for its transition; filling in isn't a gesture, so
# Chromium doesn't ask who leaves it.
HARMLESS = re.compile(r"status of 4(22|04|29)|Transition was aborted|Blocked attempt to show a 'beforeunload'")


class Visitor:
    """Somebody with a browser of their own, who notices every error that the browser reports."""

    def __init__(self, browser: Browser, **options: object) -> None:
        self.context = browser.new_context(**options)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", self._notice)

    def _notice(self, error: object) -> None:
        if not HARMLESS.search(str(error)):
            self.complaints.append(str(error))

    def _hear(self, message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        if kind == "error" and not HARMLESS.search(text):
            self.complaints.append(text)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; at the end none of them may have seen an error in the console."""
    made: list[Visitor] = []

    def make(**options: object) -> Visitor:
        made.append(Visitor(browser, **options))
        return made[-1]

    yield make
    for each in made:
        each.context.close()
    complaints = [text for each in made for text in each.complaints]
    assert not complaints, json.dumps(complaints, indent=2)
