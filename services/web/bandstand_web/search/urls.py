"""URLs of searches."""

from django.urls import path

from bandstand_web.search import backstage, portal

portal_urls = [
    path("", portal.search, name="search"),
]

backstage_urls = [
    path("", backstage.find, name="find"),
]
