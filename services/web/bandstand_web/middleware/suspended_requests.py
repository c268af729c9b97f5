"""What waits in the session while somebody is asked for the password again holds no cookie and no credential."""

from __future__ import annotations

import json
from collections.abc import Callable

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from django.http import HttpRequest, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# The request that goes on brings its own. Source: allauth, serialize_request, which keeps every header.
SECRET = {"HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_PROXY_AUTHORIZATION", "HTTP_X_CSRFTOKEN"}


class SuspendedRequestsMiddleware:
    """Takes SECRET out of a request that allauth keeps; stands between the session and AccountMiddleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.session.modified and "request" in (state := request.session.get(STATE_SESSION_KEY, {})):
            kept = json.loads(state["request"])
            kept["META"] = {name: value for name, value in kept["META"].items() if name not in SECRET}
            request.session[STATE_SESSION_KEY] = {**state, "request": json.dumps(kept)}
        return response
