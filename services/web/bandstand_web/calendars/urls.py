"""URLs of calendars."""

from django.urls import path

from bandstand_web.calendars import backstage

backstage_urls = [
    path("", backstage.index, name="calendars"),
    path("add/", backstage.add, name="calendar_add"),
    path("<int:pk>/", backstage.detail, name="calendar"),
    path("<int:pk>/take/", backstage.take, name="calendar_take"),
    path("<int:pk>/read/", backstage.read, name="calendar_read"),
    path("<int:pk>/options/", backstage.options, name="calendar_options"),
    path("<int:pk>/pause/", backstage.pause, name="calendar_pause"),
    path("<int:pk>/resume/", backstage.resume, name="calendar_resume"),
    path("<int:pk>/remove/", backstage.remove, name="calendar_remove"),
]
