"""URLs of a portal's settings and looks."""

from django.urls import path

from bandstand_web.icons import ICON_PATHS
from bandstand_web.portals import portal
from bandstand_web.portals.backstage import design, settings

portal_urls = [
    path("theme.css", portal.theme, name="theme"),
    path("indexnow.txt", portal.index_now_key, name="index_now_key"),
    path("site.webmanifest", portal.manifest, name="manifest"),
    *(path(address, portal.icon, {"file": file}, name=f"icon_{file}") for address, file in ICON_PATHS.items()),
]

backstage_urls = [
    path("", settings.index, name="settings"),
    path("history/", settings.SettingsHistory.as_view(), name="settings_history"),
    path("put-back/", settings.SettingsPutBack.as_view(), name="settings_put_back"),
    path("time-zones/", settings.TimeZonesKnown.as_view(), name="time_zones_known"),
]

design_urls = [
    path("", design.index, name="design"),
    path("choice/", design.choice, name="design_choice"),
    path("preview/", design.preview, name="design_preview"),
    path("preview.css", design.sheet, name="design_sheet"),
]
