"""URLs of the security log."""

from django.urls import path

from bandstand_web.audit import backstage

backstage_urls = [
    path("", backstage.index, name="log"),
    path("log.csv", backstage.download, name="log_download"),
    path("unlock/", backstage.unlock, name="log_unlock"),
]
