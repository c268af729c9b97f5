"""django-tenants' middleware, and the two attributes that our views read."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django_tenants.middleware.main import TenantMainMiddleware

ContentType.objects._cache = {}  # type: ignore[attr-defined] # Django's own, which django-tenants empties for each request


class DefaultMiddleware(TenantMainMiddleware):  # type: ignore[misc]
    """Finds the tenant as django-tenants does."""

    def process_request(self, request: HttpRequest) -> object:
        """Enter the tenant, and name it as our templates do."""
        answer = super().process_request(request)
        request.organization = request.tenant  # type: ignore[attr-defined]
        return answer
