"""URLs of the statistics."""

from django.urls import path

from bandstand_web.numbers import backstage

backstage_urls = [
    path("", backstage.index, name="statistics"),
    path("switch/", backstage.switch, name="statistics_switch"),
    path("delete/", backstage.delete, name="statistics_delete"),
]
