"""The URLs of a portal with addresses that nobody reserved."""

from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("shop/", HttpResponse, name="shop"),
    path("bands/", include([path("<slug:slug>/", HttpResponse)])),
    path("theme.css", HttpResponse),
    path("sitemap-<slug:section>.xml", HttpResponse),
    path("", include([path("<str:anything>/", HttpResponse)])),
]
