"""How passwords are hashed, and what a person's sessions hang on when a password is hashed anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

_SEPARATOR = ":"


class Argon2(Argon2PasswordHasher):
    """Argon2id at the least cost that OWASP's Password Storage Cheat Sheet allows: 19 MiB, two rounds, one lane.

    Django's own cost is 100 MiB and eight lanes: 5 times the memory and 8 times the processor time per log-in, which
    whoever floods the log-in gets for free. Passwords that were hashed otherwise are hashed anew at their next log-in.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


def rehashed(password: str | None, encoded: str) -> tuple[bool, str]:
    """Return whether `encoded` was made of `password`, and its new hash; "" if `encoded` is as it should be."""
    found: list[str] = []
    is_right = check_password(password, encoded, lambda right: found.append(make_password(right)))
    return is_right, found[0] if found else ""


def note_of(former: str, encoded: str) -> str:
    """Return what is noted when `encoded` takes the place of the hash `former` of the same password."""
    return f"{_digest(encoded)}{_SEPARATOR}{former}"


def former_hashes(note: str, encoded: str) -> Iterator[str]:
    """Return the hash on which older sessions hang, if `note` was written for `encoded`, and no password came since."""
    digest, separator, former = note.partition(_SEPARATOR)
    if separator and digest == _digest(encoded):
        yield former


def _digest(encoded: str) -> str:
    return hashlib.blake2b(encoded.encode(), digest_size=16).hexdigest()
