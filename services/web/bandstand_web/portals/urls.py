"""URLs of a portal's settings and looks."""

from django.urls import path

from bandstand_web.icons import ICON_PATHS
from bandstand_web.portals import backstage, portal

portal_urls = [
    path("theme.css", portal.theme, name="theme"),
    path("indexnow.txt", portal.index_now_key, name="index_now_key"),
    path("site.webmanifest", portal.manifest, name="manifest"),
    *(path(address, portal.icon, {"file": file}, name=f"icon_{file}") for address, file in ICON_PATHS.items()),
]

backstage_urls = [
    path("", backstage.index, name="settings"),
    path("history/", backstage.SettingsHistory.as_view(), name="settings_history"),
    path("put-back/", backstage.SettingsPutBack.as_view(), name="settings_put_back"),
    path("time-zones/", backstage.TimeZonesKnown.as_view(), name="time_zones_known"),
    path("accent/", backstage.accent, name="settings_accent"),
]
