"""URLs of a portal's settings and looks."""

from django.urls import path

from bandstand_web.portals import backstage, portal

portal_urls = [
    path("theme.css", portal.theme, name="theme"),
]

backstage_urls = [
    path("", backstage.index, name="settings"),
    path("accent/", backstage.accent, name="settings_accent"),
]
