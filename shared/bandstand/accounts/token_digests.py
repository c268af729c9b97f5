"""What is stored of secret tokens that lead somebody in: a leaked table can't be used in their place."""

from __future__ import annotations

import hashlib


def token_digest(token: str) -> str:
    """Return what is stored of `token`. It is as random as the digest is long, so nothing slower is needed."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
