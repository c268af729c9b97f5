"""URLs of support access, with an owner's consent."""

from django.urls import path

from bandstand_web.support import backstage, platform, portal

portal_urls = [path("", portal.enter, name="account_support")]

backstage_urls = [
    path("leave/", backstage.leave, name="support_leave"),
    path("end/", backstage.end, name="support_end"),
]

platform_urls = [
    path("", platform.consent, name="organization_support"),
    path("withdraw/", platform.withdraw, name="organization_support_withdraw"),
]
