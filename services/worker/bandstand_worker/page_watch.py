"""Watches over the announcements of changed contents, so that web may keep pages for a day.

See bandstand.database.content_version for what is announced. Each round announces what others couldn't: the changes
that notes in `public` tell of, and those of writers that registered and died. Then it renews the word of the watch,
which expires soon. Without the word, web trusts no page that is older than a minute; so whatever ends the rounds, the
death of the dispatcher or the loss of either server, no page is wrong for longer.

The word names the history of the servers that it was given for. Where that is another one, as the store was restarted
or a replica took its place, announcements may be lost, so a new word is given, and pages of before live for a minute.
It isn't given before the old word has expired everywhere, also on a server that was cut off: until then writers may
take that one for the store, and leave no note. Nor before the transactions of these writers have ended.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast

import psycopg
import redis
import structlog

from bandstand.database.content_version import NOTES, WATCH, WRITERS, client, new_versions, scope_of

EVERY = 5.0  # seconds
WORD_LIVES = 30.0  # seconds, since the beginning of the round that renewed it
_NOTES_AT_ONCE = 1000

log = structlog.get_logger("bandstand.dispatch")

_READ_NOTES = f"SELECT id, scope FROM {NOTES} ORDER BY id LIMIT {_NOTES_AT_ONCE}"  # noqa: S608 # our own name
_DELETE_NOTES = f"DELETE FROM {NOTES} WHERE id = ANY(%s)"  # noqa: S608 # our own name
# Transactions with numbers below `ended` have ended, and all that have begun have numbers below `begun`, which is this
# one's own. A replica that takes over writes another timeline, whose number begins the names of log files.
_PLACE = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS ended, pg_current_xact_id()::text::bigint AS begun,
        left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS timeline
"""


@dataclass
class Coming:
    """A history that has no word yet: from when on no other word is valid, and which transactions have to end then."""

    history: str
    alone_from: float
    begun: int | None = None


class PageWatch:
    """The rounds of the active dispatcher, over its connection to PostgreSQL."""

    def __init__(self, link: psycopg.Connection[Any]) -> None:
        self._link = link
        self._watched_at = float("-inf")
        self._begun_by: dict[str, int] = {}  # of registered writers: the number below which their transactions are
        self._coming = Coming("", 0.0)

    def tick(self) -> None:
        """Make a round if one is due. Raises psycopg.Error."""
        if monotonic() - self._watched_at < EVERY:
            return
        self._watched_at = monotonic()
        try:
            self.round()
        except redis.RedisError as problem:
            log.warning("the store of pages can't be reached, pages live for a minute", error=str(problem))

    def round(self) -> None:
        """Announce what is left, and renew the word. Raises redis.RedisError, psycopg.Error."""
        began, store = monotonic(), client()
        self._announce_notes(store)
        marks = {mark.decode() for mark in cast("list[bytes]", store.zrange(WRITERS, 0, -1))}
        ended, begun, timeline = self._link.execute(_PLACE).fetchone() or (0, 0, "")
        self._announce_lost(store, marks, ended, begun)
        history = _history(store, timeline)
        word = cast("bytes | None", store.get(WATCH))
        left = int((WORD_LIVES - (monotonic() - began)) * 1000)
        if not history or left <= 0:
            return
        if word is not None and word.decode().startswith(history):
            store.pexpire(WATCH, left)
        elif self._is_ready(store, history, ended, begun):
            store.set(WATCH, f"{history}.{secrets.token_urlsafe(6)}", px=left)

    def _announce_notes(self, store: redis.Redis) -> None:
        while notes := self._link.execute(_READ_NOTES).fetchall():
            new_versions({scope for _number, scope in notes}, store).execute()
            self._link.execute(_DELETE_NOTES, [[number for number, _scope in notes]])

    def _announce_lost(self, store: redis.Redis, marks: set[str], ended: int, begun: int) -> None:
        """Announce the changes of registered writers whose transactions have ended, whatever became of them."""
        over = {mark for mark in marks if mark in self._begun_by and self._begun_by[mark] <= ended}
        if over:
            announcement = new_versions({scope_of(mark) for mark in over}, store)
            announcement.zrem(WRITERS, *over)
            announcement.execute()
        self._begun_by = {mark: self._begun_by.get(mark, begun) for mark in marks - over}

    def _is_ready(self, store: redis.Redis, history: str, ended: int, begun: int) -> bool:
        """Whether a word may be given for this history."""
        store.delete(WATCH)
        coming = self._coming
        if coming.history != history:
            log.info("pages live for a minute until the store of pages is watched")
            self._coming = Coming(history, alone_from=monotonic() + WORD_LIVES)
        elif coming.begun is None and monotonic() >= coming.alone_from:
            coming.begun = begun
        elif coming.begun is not None and ended >= coming.begun:
            self._coming = Coming("", 0.0)
            return True
        return False


def _history(store: redis.Redis, timeline: str) -> str:
    """Return what the servers' contents go on from; another one after a restart or a failover, "" if it isn't told."""
    told = store.info()
    parts = [str(told.get("run_id", "")), str(told.get("master_replid", "")), timeline]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=9).hexdigest() if all(parts) else ""
