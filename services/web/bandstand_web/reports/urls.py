"""URLs of reporting a page."""

from django.urls import path

from bandstand_web.reports import portal

portal_urls = [path("report/", portal.report, name="report")]
