"""URLs of a portal's settings and looks."""

from django.urls import path

from bandstand_web.portals import backstage, portal

portal_urls = [
    path("theme.css", portal.theme, name="theme"),
]

backstage_urls = [
    path("", backstage.index, name="settings"),
    path("history/", backstage.SettingsHistory.as_view(), name="settings_history"),
    path("put-back/", backstage.SettingsPutBack.as_view(), name="settings_put_back"),
    path("accent/", backstage.accent, name="settings_accent"),
]
