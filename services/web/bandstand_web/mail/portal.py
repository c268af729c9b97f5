"""The unsubscribe link in bulk emails of a portal or of the platform, which can also resubscribe."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bandstand.mail import unsubscribing


@csrf_exempt  # email programs post without loading the page first; the token in the URL authorizes them
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show a confirmation page, because malware scanners open links; only a POST unsubscribes.

    Source: RFC 8058, section 3.1.
    """
    place = "portal" if getattr(request, "organization", None) else "platform"
    email = unsubscribing.address_of(token)
    if email is None:
        return render(request, f"mail/{place}/unsubscribe_unknown.html", status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        if "again" in request.POST:
            unsubscribing.resubscribe(token)
        else:
            unsubscribing.unsubscribe(token)
    context = {"email": email, "stopped": not unsubscribing.wanted([email], bulk=True)}
    answer = render(request, f"mail/{place}/unsubscribe.html", context)
    answer["Referrer-Policy"] = "no-referrer"
    return answer
