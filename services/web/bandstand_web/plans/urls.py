"""URLs of plans and their limits."""

from django.urls import path

from bandstand_web.plans import backstage

backstage_urls = [
    path("", backstage.index, name="plan"),
]
