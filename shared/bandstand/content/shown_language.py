"""The language of a page's address, "/de/bands/", where a portal has contents in several languages.

Outside such a page, in jobs, in the backstage or at the main language's addresses, there is none: texts are the row's
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_shown: ContextVar[str] = ContextVar("shown_language", default="")


def shown_language() -> str:
    """Return the code of the language that the page's address names; "" for the portal's main language."""
    return _shown.get()


@contextmanager
def showing_in(code: str) -> Iterator[None]:
    """Let rows that are read inside this context say what they say in this language, and their pages stand there."""
    token = _shown.set(code)
    try:
        yield
    finally:
        _shown.reset(token)


def localized(path: str) -> str:
    """Return the path of a portal's page in the language that is shown."""
    code = shown_language()
    return f"/{code}{path}" if code else path
