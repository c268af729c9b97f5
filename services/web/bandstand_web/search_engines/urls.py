"""URLs for search engines."""

from django.urls import path

from bandstand_web.search_engines import platform, portal

portal_urls = [
    path("robots.txt", portal.robots, name="robots"),
    path("sitemap.xml", portal.index, name="sitemap"),
    path("sitemap-<slug:section>.xml", portal.sitemap, name="sitemap_file"),
]

platform_urls = [
    path("robots.txt", platform.robots, name="robots"),
    path("sitemap.xml", platform.sitemap, name="sitemap"),
]
