"""A sign-up that waits for its code. It lives in the visitor's session and nowhere else."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
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
    """What the form said; the password and the code as digests alone."""

    email: str
    password_hash: str
    name: str
    slug: str
    language: str
    time_zone: str
    code_digest: str = ""  # empty: no code was mailed, so none is right
    attempts: int = 0
    is_proven: bool = False
    began_at: float = 0.0

    @classmethod
    def load(cls, session: SessionBase) -> Self | None:
        """Return the session's pending sign-up unless there is none or its time is over."""
        data = session.get(_KEY)
        if data is None:
            return None
        pending = cls(**data)
        if time.time() - pending.began_at > LIFETIME.total_seconds():
            pending.discard(session)
            return None
        return pending

    def store(self, session: SessionBase) -> None:
        """Keep it; its time begins with the first call."""
        self.began_at = self.began_at or time.time()
        session[_KEY] = asdict(self)
        if not session.get("_auth_user_id"):
            session.set_expiry(LIFETIME)

    def discard(self, session: SessionBase) -> None:
        """Forget it."""
        session.pop(_KEY, None)

    def expect(self, code: str) -> None:
        """From now on only `code` is right, and attempts count anew."""
        self.code_digest = _digest(code)
        self.attempts = 0

    def prove(self, code: str) -> bool:
        """Return whether `code` is the one that was mailed; each call is an attempt."""
        self.attempts += 1
        if not self.code_digest or self.attempts > MOST_ATTEMPTS:
            return False
        # A key that changed since the mail doesn't make the code a wrong one.
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        self.is_proven = any(constant_time_compare(self.code_digest, _digest(code, secret)) for secret in secrets)
        return self.is_proven

    @property
    def attempts_left(self) -> int:
        """How often another code may be tried."""
        return max(0, MOST_ATTEMPTS - self.attempts)


def _digest(code: str, secret: str | None = None) -> str:
    text = normalize_user_code(code)
    return salted_hmac("bandstand.signup.code", text, secret=secret, algorithm="sha256").hexdigest()
