"""A sign-up waiting for its code, stored only in the visitor's session."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Self

from allauth.core.internal.cryptokit import normalize_user_code
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare, salted_hmac

LIFETIME = timedelta(minutes=15)
MOST_ATTEMPTS = 5
_KEY = "pending_signup"


@dataclass(kw_only=True)
class PendingSignup:
    """The form's data; password and code are stored as hashes only."""

    email: str
    password_hash: str
    name: str
    slug: str
    language: str
    time_zone: str
    accepted: list[int] = field(default_factory=list)  # versions of the terms
    code_digest: str = ""  # empty: no code was sent, so none is valid
    attempts: int = 0
    is_proven: bool = False
    began_at: float = 0.0

    @classmethod
    def load(cls, session: SessionBase) -> Self | None:
        """Return the session's pending sign-up, or None if there is none or it has expired."""
        data = session.get(_KEY)
        if data is None:
            return None
        pending = cls(**data)
        if time.time() - pending.began_at > LIFETIME.total_seconds():
            pending.discard(session)
            return None
        return pending

    def store(self, session: SessionBase) -> None:
        """Save it in the session; its lifetime starts with the first call."""
        self.began_at = self.began_at or time.time()
        session[_KEY] = asdict(self)
        if not session.get("_auth_user_id"):
            session.set_expiry(LIFETIME)

    def discard(self, session: SessionBase) -> None:
        session.pop(_KEY, None)

    def expect(self, code: str) -> None:
        """Make `code` the only valid one, and reset the attempts."""
        self.code_digest = _digest(code)
        self.attempts = 0

    def prove(self, code: str) -> bool:
        """Return whether `code` is the one that was sent; each call counts as an attempt."""
        self.attempts += 1
        if not self.code_digest or self.attempts > MOST_ATTEMPTS:
            return False
        # The code stays valid if SECRET_KEY has been rotated since it was sent.
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        self.is_proven = any(constant_time_compare(self.code_digest, _digest(code, secret)) for secret in secrets)
        return self.is_proven

    @property
    def attempts_left(self) -> int:
        """The number of attempts left."""
        return max(0, MOST_ATTEMPTS - self.attempts)


def _digest(code: str, secret: str | None = None) -> str:
    text = normalize_user_code(code)
    return salted_hmac("bandstand.signup.code", text, secret=secret, algorithm="sha256").hexdigest()
