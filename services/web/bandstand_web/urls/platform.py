"""URLs of the platform, at the base domain."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from bandstand_web import cell_owners, csp_reports, language, security_txt
from bandstand_web.accounts import hand_over
from bandstand_web.mail import portal as unsubscribing
from bandstand_web.platform import landing, organizations, signup, transfers
from bandstand_web.shell.admin.platform_site import site as platform_site
from bandstand_web.support import platform as support
from bandstand_web.terms import platform as terms

handler400 = "bandstand_web.errors.bad_request"
handler500 = "bandstand_web.errors.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", landing.landing, name="landing"),
    path("language/", language.choose, name="language"),
    path("csp-reports/", csp_reports.collect, name="csp_reports"),
    path("cells/owners/", cell_owners.receive, name="cell_owners"),
    path(".well-known/security.txt", security_txt.security_txt, name="security_txt"),
    path("mail/unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="owner_unsubscribe"),
    path("documents/<str:name>/", terms.document, name="document"),
    path("terms/accept/", terms.accept, name="terms_accept"),
    path("signup/", signup.begin, name="signup"),
    path("signup/address/", signup.address, name="signup_address"),
    path("signup/verify/", signup.verify, name="signup_verify"),
    path("signup/verify/resend/", signup.resend, name="signup_resend"),
    path("signup/another-address/", signup.choose_address, name="signup_choose_address"),
    path("organizations/", organizations.index, name="organizations"),
    path("organizations/new/", organizations.new, name="organization_new"),
    path("organizations/<slug:slug>/", organizations.edit, name="organization_edit"),
    path("organizations/<slug:slug>/export/", organizations.export, name="organization_export"),
    path("organizations/<slug:slug>/delete/", organizations.delete, name="organization_delete"),
    path("organizations/<slug:slug>/transfer/", transfers.offer, name="organization_transfer"),
    path("organizations/<slug:slug>/transfer/withdraw/", transfers.withdraw, name="organization_transfer_withdraw"),
    path("organizations/<slug:slug>/support/", support.consent, name="organization_support"),
    path("organizations/<slug:slug>/support/withdraw/", support.withdraw, name="organization_support_withdraw"),
    path("transfers/<str:token>/", transfers.answer, name="transfer_answer"),
    path("organizations/<slug:slug>/hand-over/", hand_over.issue, name="organization_hand_over"),
    path("accounts/", include("bandstand_web.accounts.urls")),
    path("admin/", platform_site.urls),
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
