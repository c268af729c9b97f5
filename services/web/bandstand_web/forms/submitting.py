"""Makes form submissions idempotent: double clicks, retries after a lost response and the Back button create one thing.

The key is the form's CSRF token, which every form has and Django masks anew for each page, so it identifies one page's
form. Together with the submitted data it is claimed in the transaction that creates the object: of two concurrent
submissions, the second waits and gets the first one's response. Requests without a masked token (a script that sends
the cookie's value) aren't deduplicated. See docs/adr/0048.

Two people who store the same unique value at once both pass the form's check, which can't see what isn't committed.
The database refuses the second; the form is then processed again, and reports the value as taken.
"""

from __future__ import annotations

import functools
import hashlib
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CSRF_TOKEN_LENGTH
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeData, mark_safe
from psycopg import errors

from bandstand.submissions.models import KEPT, Submission

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# After that, saving the same values again may be intended, to overwrite changes made in between.
FOR_CHANGES = timedelta(minutes=1)
_POPUP = "admin/popup_response.html"


def makes_once(view: View, *, within: timedelta = KEPT) -> View:
    """Let a creating view repeat its response if the same form is submitted again `within` that time."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        process = functools.partial(_process, request, functools.partial(view, request, *args, **kwargs), within)
        said_before = len(_messages_of(request))
        try:
            return process()
        except IntegrityError as problem:
            if not isinstance(problem.__cause__, errors.UniqueViolation):
                raise
            _rewind(request, said_before)
            return process()

    guarded.makes_once = True  # type: ignore[attr-defined] # a test reads it from every URL
    return cast("View", guarded)


def changes_once(view: View) -> View:
    """Do the same, for one minute, for a view that edits something and may add rows to it."""
    return makes_once(view, within=FOR_CHANGES)


def _process(request: HttpRequest, view: Callable[[], HttpResponseBase], within: timedelta) -> HttpResponseBase:
    """Return the view's response, or the one that it gave to the same form, in one transaction."""
    key = _key(request)
    with transaction.atomic():
        if key is None:
            return view()
        if not Submission.objects.claim(key, within=within):
            return _answer(request, Submission.objects.answer_to(key))
        response = view()
        held = Submission.objects.filter(key=key)
        if (made := _kept(request, response)) is None:
            held.delete()
        else:
            held.update(answer=made)
        return response


def _rewind(request: HttpRequest, said_before: int) -> None:
    """Take back what a view did to the request: files it read and messages it added."""
    for _name, files in request.FILES.lists():
        for file in files:
            file.seek(0)
    del request._messages._queued_messages[said_before:]  # type: ignore[attr-defined] # noqa: SLF001


def _key(request: HttpRequest) -> uuid.UUID | None:
    """Return the key that identifies repeated submissions of the same form."""
    token = request.POST.get("csrfmiddlewaretoken", "")
    if len(token) != CSRF_TOKEN_LENGTH:
        return None
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(request):
        digest.update(len(part).to_bytes(8, "big") + part)
    return uuid.UUID(bytes=digest.digest())


def _parts(request: HttpRequest) -> Iterator[bytes]:
    user = getattr(request, "user", None)
    yield str(user.pk if user else None).encode()
    yield request.get_full_path().encode()
    for name, values in request.POST.lists():
        yield from (name.encode(), *(value.encode(errors="surrogatepass") for value in values), b"")
    for name, files in request.FILES.lists():
        for file in files:
            yield from (name.encode(), str(file.name).encode(errors="surrogatepass"))
            yield from file.chunks()
            file.seek(0)


def _kept(request: HttpRequest, response: HttpResponseBase) -> dict[str, Any] | None:
    """Return what to repeat for the same form; None if nothing was created, so that it may be tried again."""
    if location := response.headers.get("Location"):
        return {"to": location, "messages": _messages_of(request), "session": _new_session(request)}
    if isinstance(response, TemplateResponse) and _POPUP in cast("list[str]", response.template_name):
        return {"popup": (response.context_data or {})["popup_response_data"]}
    return None


def _messages_of(request: HttpRequest) -> list[list[Any]]:
    queued: list[Message] = request._messages._queued_messages  # type: ignore[attr-defined] # noqa: SLF001
    return [[each.level, str(each.message), each.extra_tags, isinstance(each.message, SafeData)] for each in queued]


def _new_session(request: HttpRequest) -> str | None:
    """Return the key of a session that the view started or renewed, which the repeated response must carry too."""
    before = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not request.session.modified or not _is_proven(request):
        return None
    request.session.save()  # now: a request waiting for this transaction looks for it
    return request.session.session_key if request.session.session_key != before else None


def _answer(request: HttpRequest, made: dict[str, Any]) -> HttpResponse:
    if "popup" in made:
        return TemplateResponse(request, _POPUP, {"popup_response_data": made["popup"]})
    if made["session"] and _is_proven(request):
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(made["session"])
        request.session.modified = bool(request.session.keys() and request.session.session_key)
    for level, text, tags, is_safe in made["messages"]:
        request._messages.add(level, mark_safe(text) if is_safe else text, tags)  # type: ignore[attr-defined] # noqa: S308, SLF001 # was marked so by the view whose answer this is
    return redirect(made["to"])


def _is_proven(request: HttpRequest) -> bool:
    """Whether Django's CSRF check matched the token with the cookie, which proves that it is the same browser."""
    return bool(getattr(request, "csrf_processing_done", False))
