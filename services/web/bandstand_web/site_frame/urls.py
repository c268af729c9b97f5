"""URLs of what stands around a portal's pages."""

from django.urls import path

from bandstand_web.site_frame import backstage

backstage_urls = [
    path("", backstage.MenuPage.as_view(), name="menu"),
    path("footer/", backstage.FooterPage.as_view(), name="footer"),
    path("social/", backstage.SocialLinksPage.as_view(), name="social_links"),
    path("announcement/", backstage.BarPage.as_view(), name="site_bar"),
]
