"""URLs of notices."""

from django.urls import path

from bandstand_web.notices import backstage

backstage_urls = [
    path("", backstage.index, name="notices"),
    path("read/", backstage.mark_read, name="notices_read"),
    path("emails/", backstage.emails, name="notice_emails"),
    path("<int:pk>/", backstage.follow, name="notice"),
]
