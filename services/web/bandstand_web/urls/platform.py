"""URLs of the platform, at the base domain."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from bandstand_web import cell_owners, csp_reports, language, security_txt
from bandstand_web.mail import portal as unsubscribing
from bandstand_web.platform import urls as platform
from bandstand_web.search_engines import urls as search_engines
from bandstand_web.shell.admin.discovering import discovered
from bandstand_web.shell.admin.platform_site import site as platform_site
from bandstand_web.support import urls as support
from bandstand_web.terms import urls as terms

handler400 = "bandstand_web.errors.bad_request"
handler500 = "bandstand_web.errors.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", language.choose, name="language"),
    path("csp-reports/", csp_reports.collect, name="csp_reports"),
    path("cells/owners/", cell_owners.receive, name="cell_owners"),
    path(".well-known/security.txt", security_txt.security_txt, name="security_txt"),
    path("mail/unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="owner_unsubscribe"),
    path("", include(platform.platform_urls)),
    path("", include(search_engines.platform_urls)),
    path("organizations/<slug:slug>/support/", include(support.platform_urls)),
    path("", include(terms.platform_urls)),
    path("accounts/", include("bandstand_web.accounts.urls")),
    path("admin/", discovered(platform_site).urls),
]

if "WEBHOOK_SECRET" in settings.ANYMAIL:  # without a secret Anymail would accept anyone's requests
    from bandstand_web.mail import platform as mail_hook  # noqa: F401 - connects to Anymail's signals

    urlpatterns.append(path("hooks/mail/", include("anymail.urls")))

if settings.DEBUG:
    from bandstand_web.mail import mailbox

    urlpatterns += [
        path("mailbox/", mailbox.index, name="mailbox"),
        path("mailbox/<str:name>/", mailbox.body, name="mailbox-body"),
    ]
