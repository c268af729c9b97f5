"""What stands in tenancy's place: one organization, read once."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from bandstand.organizations.models import Organization


@functools.cache
def _organization() -> Organization:
    return Organization.objects.get(schema_name=os.environ["BENCH_SCHEMA"])


def one_organization(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """Set the organization and go on."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.organization = _organization()  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
