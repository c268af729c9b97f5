"""URLs of announcements."""

from django.urls import path

from bandstand_web.announcements import backstage

backstage_urls = [
    path("<int:pk>/dismiss/", backstage.dismiss, name="announcement_dismiss"),
]
