"""What pages that aren't cached take of a processor, beside the code of the release before, and a process's first one.

Both run in turns in one run, on the same rows: a portal with 5,000 bands whose gigs are many enough for a whole page of
each list. Measured is the time of the server's processes, not what passes, so that others on the machine count little.
"""

from __future__ import annotations

import contextlib
import http
import statistics
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.settings.workspace import ROOT
from tests.bench import portals
from tests.bench._processors import seconds_of_process
from tests.bench._serving import ask, served

SLUG = "uncached"
BEFORE = "5133fff7"  # the last commit before lists were written in Python; older code knows columns that are gone
BANDS, GIGS, PUBLISHED = 5_000, 110, 14
ASKED, ROUNDS = 20, 5
TINY = {"BANDS": 40, "GIGS": 4, "ASKED": 2, "ROUNDS": 1}
SIZES = (1,)
UNCACHED = {"BANDSTAND_PAGE_CACHE_SECONDS": "0"}
PAGES = (
    ("/backstage/gigs/add/", "<= 30 ms, 40 KB"),
    ("/backstage/gigs/", "<= 12 ms"),
    ("/bands/", "<= 10 ms"),
    ("/", ""),
    ("/gigs/", ""),
    ("/bands/the-first/", ""),
    ("/admin/gigs/gig/", "<= 45 ms"),
)
# What a process with the code of `folder` needs to find it, before what is installed.
_PATHS = ("services/web", "services/worker", "shared")


def run_at(_tenants: int) -> Iterator[dict[str, object]]:
    """Measure in a portal of its own; `portals.remove_others()` takes it away before the next run."""
    host, session = _portal()
    yield from _hashing()
    with _code(BEFORE) as folder:
        before = {"PYTHONPATH": ":".join(str(folder / path) for path in _PATHS)} if folder else None
        yield _first_request(host, before)
        yield from _pages(host, session, before)


def _pages(host: str, session: str, before: dict[str, str] | None) -> Iterator[dict[str, object]]:
    headers = {"Cookie": f"sessionid={session}"}
    with contextlib.ExitStack() as stack:
        here = stack.enter_context(served("bandstand_web.settings", UNCACHED))
        peer = stack.enter_context(served("bandstand_web.settings", UNCACHED | before)) if before else None
        for path, goal in PAGES:
            sent = headers if path.startswith(("/backstage", "/admin")) else {}
            ours, theirs = [], []
            for _round in range(ROUNDS):
                theirs += [_milliseconds(peer, host, path, sent)] if peer else []
                ours.append(_milliseconds(here, host, path, sent))
            row: dict[str, object] = {
                "what": f"{path} not cached, of a processor",
                "here": _told(here, host, path, sent, ours),
                "goal": goal,
            }
            if peer:
                row["peer"] = f"{_told(peer, host, path, sent, theirs)}: before"
                row["ratio"] = f"{statistics.median(ours) / statistics.median(theirs):.2f}"
            yield row


def _first_request(host: str, before: dict[str, str] | None) -> dict[str, object]:
    with served("bandstand_web.settings", UNCACHED) as port:
        here = _milliseconds(port, host, "/gigs/", {}, times=1)
    row: dict[str, object] = {
        "what": "the first page of a process, of a processor",
        "here": f"{here:.0f} ms",
        "goal": "<= 100 ms",
    }
    if before:
        with served("bandstand_web.settings", UNCACHED | before) as port:
            peer = _milliseconds(port, host, "/gigs/", {}, times=1)
        row |= {"peer": f"{peer:.0f} ms: before", "ratio": f"{here / peer:.2f}"}
    return row


def _hashing() -> Iterator[dict[str, object]]:
    from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: PLC0415

    from bandstand.accounts.hashing import Argon2  # noqa: PLC0415

    taken = {}
    for hasher in (Argon2(), Argon2PasswordHasher()):
        salt, began = hasher.salt(), time.process_time()
        for _time in range(ASKED):
            hasher.encode("correct horse battery staple", salt)
        taken[type(hasher)] = (time.process_time() - began) / ASKED * 1000
    here, peer = taken.values()
    yield {
        "what": "hashing a password, of a processor",
        "here": f"{here:.0f} ms",
        "peer": f"{peer:.0f} ms: Django's cost",
        "ratio": f"{here / peer:.2f}",
    }


def _told(port: int, host: str, path: str, headers: dict[str, str], taken: list[float]) -> str:
    _status, body, _headers = ask(port, host, path, headers)
    return f"{statistics.median(taken):.1f} ms, {len(body) / 1000:.0f} KB"


def _milliseconds(port: int, host: str, path: str, headers: dict[str, str], times: int = 0) -> float:
    """Return what one answer takes of the server's processors."""
    times = times or ASKED
    began = seconds_of_process(port)
    for _time in range(times):
        status, _body, _headers = ask(port, host, path, headers)
        if status != http.HTTPStatus.OK:
            raise SystemExit(f"{path} at {host} answered {status}")
    return (seconds_of_process(port) - began) / times * 1000


@contextlib.contextmanager
def _code(commit: str) -> Iterator[Path | None]:
    """Yield a folder with the code of a commit; None where the repository doesn't have it."""
    made = subprocess.run(["git", "archive", commit, *_PATHS], cwd=ROOT, capture_output=True, check=False)
    if made.returncode:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=BytesIO(made.stdout)) as archive:
        archive.extractall(folder, filter="data")
        yield Path(folder)


def _portal() -> tuple[str, str]:
    """Make the portal; return its host, and the key of a session in which its owner is logged in."""
    from django.test import Client  # noqa: PLC0415

    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.bands.models import Band  # noqa: PLC0415
    from tests.factories.bands import BandFactory  # noqa: PLC0415
    from tests.factories.gigs import GigFactory  # noqa: PLC0415
    from tests.factories.media import ReadyPictureFactory  # noqa: PLC0415

    made = portals.signed_up("Uncached", SLUG)
    with tenant_context(made):
        shown = [
            BandFactory.create(
                genres=["Doom", "Folk"],
                photo=ReadyPictureFactory.create(),
                logo=ReadyPictureFactory.create(),
                **({} if number else {"slug": "the-first"}),
            )
            for number in range(PUBLISHED)
        ]
        Band.objects.bulk_create(Band(name=f"Draft {number}", slug=f"draft-{number}") for number in range(BANDS))
        for number in range(GIGS):
            starts_at = timezone.now() + timedelta(days=1 + number % 60)
            GigFactory.create(starts_at=starts_at, bands=shown[number % 10 : number % 10 + 3])
        client = Client(HTTP_HOST=made.host)
        client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    return made.host, client.cookies["sessionid"].value
