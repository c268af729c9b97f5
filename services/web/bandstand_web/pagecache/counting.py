"""Counts what visitors look at, and knows none of them.

Pages come out of the cache before anything is logged, so they are counted here, in this process's memory. Every ten
seconds, and when the process ends in order, the counts go to Redis or Valkey (`bandstand.numbers.tallies`), and an
hourly job adds them to the portals' rows. A process that dies takes up to ten seconds of counts with it.

Of a request count the path, the host that its Referer names, and whether its program calls itself a robot or a feed
reader. Neither cookies nor addresses are read, nothing is kept of one visitor, and nothing tells two apart. Only
answers with status 200 count, so that nobody writes invented paths; what the team sees, and whoever else is logged in,
doesn't.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from datetime import time as clock
from http import HTTPStatus
from multiprocessing.util import Finalize
from threading import Event, Lock, Thread
from zoneinfo import ZoneInfo

import redis
from django.http import HttpRequest, HttpResponseBase

from bandstand.numbers.models import CountKind
from bandstand.numbers.tallies import Counts, Place, tallies_add
from bandstand.organizations.models import Organization
from bandstand_web.pagecache.pages import AnonymousPage, is_known

logger = logging.getLogger(__name__)

EVERY = 10.0  # seconds
MOST_OF_A_DAY = 500  # different keys of a portal's day in this process, and of all together; others count without a key
MOST_IN_ALL = 20_000
KEY_MAX_LENGTH = 200
WORDS_MIN_LENGTH, WORDS_MAX_LENGTH = 3, 60
MOST_SUBSCRIBERS = 1_000_000
_EMBEDS = "/embed/"
_FEEDS = ("text/calendar", "application/atom+xml", "application/rss+xml", "application/feed+json")
# Words in the names that programs give themselves. A regular expression of all of them took twenty microseconds.
_ROBOTS = (
    *("bot", "crawl", "spider", "slurp", "archiver", "scan", "monitor", "preview", "validator", "check", "feedfetcher"),
    *("facebookexternalhit", "embedly", "headless", "lighthouse", "curl", "wget", "python", "java/", "go-http"),
    *("okhttp", "libwww", "perl", "ruby", "php", "node", "axios", "postman"),
)
_NO_ROBOT = "cubot"  # a make of phones
_REFERRER = re.compile(r"https?://(?:www\.)?([a-z0-9.-]{3,100})(?::\d+)?(?:[/?#]|$)", re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9.]+")
_SUBSCRIBERS = re.compile(r"\b(\d{1,9}) (?:subscriber|reader)", re.IGNORECASE)
_MANY_DIGITS = re.compile(r"(?:\d\D?){5}")
_NOTHING_FOUND = "words_that_found_nothing"
# Programs by a word of the names that they give themselves.
_READERS = {
    "feedly": "Feedly",
    "inoreader": "Inoreader",
    "newsblur": "NewsBlur",
    "theoldreader": "The Old Reader",
    "feedbin": "Feedbin",
    "miniflux": "Miniflux",
    "freshrss": "FreshRSS",
    "tiny tiny rss": "Tiny Tiny RSS",
    "netnewswire": "NetNewsWire",
    "reeder": "Reeder",
    "thunderbird": "Thunderbird",
    "google-calendar": "Google Calendar",
    "dataaccessd": "Apple Calendar",
    "calendaragent": "Apple Calendar",
    "microsoft": "Outlook",
    "outlook": "Outlook",
    "nextcloud": "Nextcloud",
    "icsx5": "ICSx5",
    "wordpress": "WordPress",
}


class Counter:
    """The counts of this process that nobody else knows yet."""

    def __init__(self) -> None:
        self._counts: dict[Place, dict[tuple[str, str], int]] = {}
        self._keys = 0
        self._lock = Lock()
        self._sending = Lock()
        self._days: dict[str, tuple[str, float]] = {}  # by time zone: today, and until when it is

    def add(self, organization: Organization, fields: Iterable[tuple[str, str]]) -> None:
        """Count each field, a kind and a key, once."""
        self._add((organization.schema_name, self._today(organization.time_zone)), dict.fromkeys(fields, 1))

    def note(self, organization: Organization, field: tuple[str, str], count: int) -> None:
        """Have the field be `count`, whatever it was."""
        place = organization.schema_name, self._today(organization.time_zone)
        with self._lock:
            if self._counts.get(place, {}).pop(field, None) is not None:
                self._keys -= 1
        self._add(place, {field: count})

    def send(self) -> None:
        """Hand the counts on; while Redis is away they wait here."""
        with self._sending:
            with self._lock:
                counted, self._counts, self._keys = self._counts, {}, 0
            if not counted:
                return
            try:
                tallies_add(counted)
            except redis.RedisError as problem:
                logger.warning("counts of visits wait until Redis is back: %s", problem)
                for place, counts in counted.items():
                    self._add(place, counts)

    def follow(self) -> None:
        """Send from now on, and once more when this process ends in order."""
        Thread(target=self._follow, name="counting", daemon=True).start()
        Finalize(None, self.send, exitpriority=1)  # the server's processes are multiprocessing's, which skip atexit

    def _follow(self) -> None:
        never = Event()
        while not never.wait(EVERY):
            self.send()

    def _add(self, place: Place, fields: Counts) -> None:
        with self._lock:
            counts = self._counts.setdefault(place, {})
            for field, count in fields.items():
                if field not in counts:
                    if len(counts) >= MOST_OF_A_DAY or self._keys >= MOST_IN_ALL:
                        field = field[0], ""  # noqa: PLW2901
                    self._keys += field not in counts
                counts[field] = counts.get(field, 0) + count

    def _today(self, time_zone: str) -> str:
        now = time.time()
        known = self._days.get(time_zone)
        if known is None or now >= known[1]:
            local = datetime.fromtimestamp(now, ZoneInfo(time_zone))
            midnight = datetime.combine(local.date() + timedelta(days=1), clock(), local.tzinfo)
            known = self._days[time_zone] = (local.date().isoformat(), midnight.timestamp())
        return known[0]


counter = Counter()


def count_page(request: HttpRequest, page: AnonymousPage, response: HttpResponseBase) -> None:
    """Count a visitor's page, feed or download; nothing if the portal's owners don't want it."""
    organization = page.organization
    if not organization.counts_visits or request.method != "GET" or response.status_code != HTTPStatus.OK:
        return
    kind = _kind_of(page.path, response)
    if kind is None:
        return
    path = page.path if len(page.path) <= KEY_MAX_LENGTH else ""
    if kind is CountKind.FEED:
        _count_feed(organization, path, request.META.get("HTTP_USER_AGENT", ""))
    elif apart := _apart(request.META):
        counter.add(organization, [apart])
    else:
        _count_visit(organization, kind, path, request.META.get("HTTP_REFERER", ""))


def note_nothing_found(request: HttpRequest, words: str) -> None:
    """Say that the visitor's search for `words` found nothing, for the statistics."""
    setattr(request, _NOTHING_FOUND, words)


def count_search(request: HttpRequest) -> None:
    """Count what a visitor searched for in vain. What may be an address or a number of somebody's isn't kept."""
    words = " ".join(getattr(request, _NOTHING_FOUND, "").split()).lower()
    if not WORDS_MIN_LENGTH <= len(words) <= WORDS_MAX_LENGTH or "@" in words or _MANY_DIGITS.search(words):
        return
    organization: Organization | None = getattr(request, "organization", None)
    if organization and organization.counts_visits and not is_known(request) and not _apart(request.META):
        counter.add(organization, [(CountKind.SEARCH, words)])


def reader_of(agent: str) -> str:
    """Return the name of the program that reads a feed; empty for one that isn't known."""
    said = agent.lower()
    return next((name for word, name in _READERS.items() if word in said), "")


def referrer_of(address: str) -> str:
    """Return the host that a Referer header names, and nothing else of it; empty if it is none of the internet's."""
    found = _REFERRER.match(address)
    host = found[1].lower().rstrip(".") if found else ""
    return host if "." in host and not _NUMBERS.fullmatch(host) else ""


def _count_visit(organization: Organization, kind: CountKind, path: str, referrer: str) -> None:
    host = referrer_of(referrer)
    is_own = host in {organization.host, organization.own_host}
    if kind is CountKind.EMBED and is_own:  # the team's own preview
        return
    fields: list[tuple[str, str]] = [(kind, path)]
    if host and not is_own:
        fields.append((CountKind.REFERRER, host))
    counter.add(organization, fields)


def _count_feed(organization: Organization, path: str, agent: str) -> None:
    reader = reader_of(agent)
    counter.add(organization, [(CountKind.FEED, path), (CountKind.READER, reader)])
    if reader and (found := _SUBSCRIBERS.search(agent)):
        counter.note(organization, (CountKind.SUBSCRIBERS, f"{reader} {path}"), min(int(found[1]), MOST_SUBSCRIBERS))


def _kind_of(path: str, response: HttpResponseBase) -> CountKind | None:
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    if media_type == "text/html":
        return CountKind.EMBED if path.startswith(_EMBEDS) else CountKind.PAGE
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        return CountKind.DOWNLOAD
    return CountKind.FEED if media_type in _FEEDS else None


def _apart(meta: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what is counted instead if no person looks at the page: a robot, or a browser that loads it ahead."""
    purpose = meta.get("HTTP_SEC_PURPOSE") or meta.get("HTTP_PURPOSE") or meta.get("HTTP_X_MOZ") or ""
    if purpose.startswith("prefetch"):
        return CountKind.PREFETCH, ""
    said = meta.get("HTTP_USER_AGENT", "")[:400].lower().replace(_NO_ROBOT, "")
    return (CountKind.ROBOT, "") if not said or any(map(said.__contains__, _ROBOTS)) else None
