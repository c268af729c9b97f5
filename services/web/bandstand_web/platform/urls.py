"""Addresses of the platform, at the base domain."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

urlpatterns: list[URLPattern | URLResolver] = []

if settings.DEBUG:
    from bandstand_web.platform import mailbox

    urlpatterns += [
        path("mailbox/", mailbox.index, name="mailbox"),
        path("mailbox/<str:name>/", mailbox.body, name="mailbox-body"),
    ]
