"""Limits what the session stores while a user is asked for the password again: logged-in users only, and not much.

allauth stores the whole request, even an anonymous one. Source: allauth, AccountMiddleware.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.httpkit import serialize_request
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# The resumed request has its own. Source: allauth, serialize_request, which stores every header.
SECRET = {"HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_PROXY_AUTHORIZATION", "HTTP_X_CSRFTOKEN"}
MOST_KEPT: Final = 64 * 1024  # characters of a serialized request, including headers


class SuspendedRequestsMiddleware:
    """Comes after AccountMiddleware, so that it sees the exception of a view that requires the password first.

    Anonymous visitors are redirected to the log-in page and nothing is stored; for logged-in users the form is stored
    without the headers in SECRET, up to MOST_KEPT.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.session.modified and "request" in (state := request.session.get(STATE_SESSION_KEY, {})):
            kept = json.loads(state["request"])
            kept["META"] = {name: value for name, value in kept["META"].items() if name not in SECRET}
            request.session[STATE_SESSION_KEY] = {**state, "request": json.dumps(kept)}
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Redirect to log-in, or to the password page without storing the form; None if allauth may store it."""
        if not isinstance(exception, ReauthenticationRequired):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        ways = get_adapter().get_reauthentication_methods(request.user)
        if request.method != "POST" or not ways or len(serialize_request(request)) <= MOST_KEPT:
            return None
        messages.warning(request, _("That was too much to be kept while you confirm. Please send it again afterwards."))
        return HttpResponseRedirect(f"{ways[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")
