"""While the platform is under maintenance, shows everything and saves nothing."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from bandstand.organizations.maintenance import Maintenance
from bandstand_web.errors import READING, under_maintenance

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# At the platform, where staff log in and switch back. Nobody gets into a portal from there.
STAY_OPEN = ("/admin/", "/accounts/")


class MaintenanceMiddleware:
    """Refuses what would write, with 503, while the switch is on. Asks the database for writes only."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in READING and not _stays_open(request):
            maintenance = Maintenance.objects.under_way()
            if maintenance is not None:
                return under_maintenance(request, maintenance.until)
        return self.get_response(request)


def _stays_open(request: HttpRequest) -> bool:
    return getattr(request, "organization", None) is None and request.path.startswith(STAY_OPEN)
