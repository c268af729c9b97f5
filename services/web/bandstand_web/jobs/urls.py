"""URLs of background jobs."""

from django.urls import path

from bandstand_web.jobs import backstage

backstage_urls = [
    path("", backstage.index, name="jobs"),
    path("again/", backstage.try_all_again, name="jobs_try_again"),
    path("<int:pk>/again/", backstage.try_again, name="job_try_again"),
    path("<int:pk>/stop/", backstage.stop, name="job_stop"),
]
