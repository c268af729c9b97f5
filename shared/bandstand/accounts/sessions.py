"""Sessions in the tenant's table behind a cache: while the cache is unavailable they are slower, not lost.

A log-in expires after some time without a request, and after some days in any case. The session stores both times.
Source: OWASP ASVS 5, 7.3.1 and 7.3.2.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import redis
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import cached_db, db
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError, transaction
from django.utils import timezone
from psycopg import errors

from bandstand.database.outages import outage_of

logger = logging.getLogger(__name__)

_REFUSALS = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction, errors.DiskFull)
_BEGAN = "_began"
_SEEN = "_seen"
# Saving the time only every few minutes spares a write per request, at the cost of some precision.
_SEEN_EVERY = timedelta(minutes=10).total_seconds()


class SessionStore(cached_db.SessionStore):
    """Django's store tolerates an unreachable cache in only half of its methods; this one does in all of them."""

    def load(self) -> dict[str, Any]:
        """Return the session's data; nothing if its log-in has expired."""
        try:
            held: dict[str, Any] = super().load()
        except redis.RedisError:
            held = db.SessionStore.load(self)
        if SESSION_KEY not in held:
            return held
        now = time.time()
        if _is_over(held, now):
            self.delete()
            self._session_key = None
            return {}
        if now - held.get(_SEEN, 0) > _SEEN_EVERY:
            held[_SEEN] = now
            held.setdefault(_BEGAN, now)
            self.modified = True
        return held

    def save(self, must_create: bool = False) -> None:
        """Store the session. Where nothing can be written for a while this is skipped, so that pages still work.

        That is in a portal that is being moved, and while the database is read-only or full. Raises DatabaseError.
        """
        try:
            super().save(must_create)
        except (DatabaseError, UpdateError) as problem:
            refusal = problem.__context__ if isinstance(problem, UpdateError) else problem
            if not must_create and isinstance(getattr(refusal, "__cause__", None), _REFUSALS):
                logger.info("a session isn't stored: nothing can be written")
                return
            if isinstance(problem, UpdateError) and outage_of(problem) and refusal:
                raise refusal from refusal.__cause__  # else the session would be said to have ended
            raise

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lock and reload the session for the block and store it afterwards, so that no concurrent update is lost."""
        with transaction.atomic():
            row = self.model.objects.select_for_update().filter(session_key=self.session_key).first()
            held = row if row is not None and row.expire_date > timezone.now() else None
            self._session_cache = self.decode(held.session_data) if held else {}
            yield
            if self.modified and held and self.session_key == held.session_key:
                self.save()
                self.modified = False  # keeps the middleware from saving it again over later updates

    def cycle_key(self) -> None:
        """Change the key: at log-in, which starts the time limits, or after SECRET_KEY or the password changed, which
        doesn't. Then the session also stays on the account's list of sessions, where it can be ended."""
        former = self.session_key
        super().cycle_key()
        self[_SEEN] = time.time()
        if SESSION_KEY not in self:
            self[_BEGAN] = self[_SEEN]
        else:
            UserSession.objects.filter(session_key=former).update(session_key=self.session_key)

    def exists(self, session_key: str) -> bool:
        try:
            return bool(super().exists(session_key))
        except redis.RedisError:
            return bool(db.SessionStore.exists(self, session_key))

    def delete(self, session_key: str | None = None) -> None:
        """End the session. A copy in an unavailable cache remains until it expires; the row is gone in any case."""
        try:
            super().delete(session_key)
        except redis.RedisError:
            logger.warning("a session ended while the cache was away")


def _is_over(held: dict[str, Any], now: float) -> bool:
    idle = now - held.get(_SEEN, now)
    age = now - held.get(_BEGAN, now)
    return bool(idle > settings.SESSION_IDLE.total_seconds() or age > settings.SESSION_COOKIE_AGE)
