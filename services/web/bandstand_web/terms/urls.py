"""URLs of the platform's terms and privacy notice."""

from django.urls import path

from bandstand_web.terms import platform

platform_urls = [
    path("documents/<str:name>/", platform.document, name="document"),
    path("terms/accept/", platform.accept, name="terms_accept"),
]
