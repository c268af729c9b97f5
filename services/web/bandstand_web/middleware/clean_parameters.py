"""Removes control characters from query and form parameters, and normalizes newlines."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, QueryDict

from bandstand.content.plain_text import clean_text

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class CleanParametersMiddleware:
    """Cleans `request.GET`, and `request.POST` on first access. Passwords are left as typed.

    Browsers send `\\r\\n` for each newline, but count it as one character against `maxlength`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.GET = _cleaned(request.GET)  # type: ignore[assignment] # the stubs expect an immutable one
        load = request._load_post_and_files  # noqa: SLF001

        def load_cleaned() -> None:
            load()
            request._post = _cleaned(request._post)  # type: ignore[attr-defined] # noqa: SLF001

        request._load_post_and_files = load_cleaned  # type: ignore[method-assign] # noqa: SLF001
        return self.get_response(request)


def _cleaned(given: QueryDict) -> QueryDict:
    if all(value.isprintable() for _name, values in given.lists() for value in values):
        return given
    cleaned = QueryDict(mutable=True, encoding=given.encoding)
    for name, values in given.lists():
        cleaned.setlist(name, values if "password" in name else [clean_text(value) for value in values])
    cleaned._mutable = False  # noqa: SLF001 # as Django makes its own
    return cleaned
