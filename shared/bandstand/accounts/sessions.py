"""Sessions in the tenant's table, with the cache in front: while the cache is away they are slower, not gone.

A log-in ends when nothing was asked for in a while, and after some days in any case. Both moments stand in the session.
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
from django.db import ProgrammingError, transaction
from django.utils import timezone
from psycopg import errors

logger = logging.getLogger(__name__)

_BEGAN = "_began"
_SEEN = "_seen"
# Not each request writes the session: being a little off is all that costs.
_SEEN_EVERY = timedelta(minutes=10).total_seconds()


class SessionStore(cached_db.SessionStore):
    """Django's, which passes over an unreachable cache in half of its methods, passing over it in all of them."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing, when it is somebody's log-in that is over."""
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
        """Store the session; a portal that takes nothing in while it is being moved is read without that."""
        try:
            super().save(must_create)
        except (ProgrammingError, UpdateError) as problem:
            refusal = problem.__context__ if isinstance(problem, UpdateError) else problem
            if must_create or not isinstance(getattr(refusal, "__cause__", None), errors.InsufficientPrivilege):
                raise
            logger.info("a session isn't stored: the portal is read-only")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the session meanwhile, read anew, and store it: what is counted in it is lost to no other request."""
        with transaction.atomic():
            row = self.model.objects.select_for_update().filter(session_key=self.session_key).first()
            held = row if row is not None and row.expire_date > timezone.now() else None
            self._session_cache = self.decode(held.session_data) if held else {}
            yield
            if self.modified and held and self.session_key == held.session_key:
                self.save()
                self.modified = False  # nobody stores it again, over what others counted meanwhile

    def cycle_key(self) -> None:
        """Go on under a new key: at a log-in, whose time begins, or in its midst after SECRET_KEY or the password
        changed. Then its time goes on, and it stays on the account's list of sessions, where others end it."""
        former = self.session_key
        super().cycle_key()
        self[_SEEN] = time.time()
        if SESSION_KEY not in self:
            self[_BEGAN] = self[_SEEN]
        else:
            UserSession.objects.filter(session_key=former).update(session_key=self.session_key)

    def exists(self, session_key: str) -> bool:
        """Return whether the key is in use."""
        try:
            return bool(super().exists(session_key))
        except redis.RedisError:
            return bool(db.SessionStore.exists(self, session_key))

    def delete(self, session_key: str | None = None) -> None:
        """End the session. The row is gone in any case; what the cache may hold ends with its life time."""
        try:
            super().delete(session_key)
        except redis.RedisError:
            logger.warning("a session ended while the cache was away")


def _is_over(held: dict[str, Any], now: float) -> bool:
    idle = now - held.get(_SEEN, now)
    age = now - held.get(_BEGAN, now)
    return bool(idle > settings.SESSION_IDLE.total_seconds() or age > settings.SESSION_COOKIE_AGE)
