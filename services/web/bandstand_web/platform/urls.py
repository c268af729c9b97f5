"""URLs of sign-up, "My organizations" and transfers."""

from django.urls import path

from bandstand_web.accounts import hand_over
from bandstand_web.icons import ICON_PATHS
from bandstand_web.platform import icons, landing, organizations, signup, transfers

platform_urls = [
    path("", landing.landing, name="landing"),
    path("site.webmanifest", icons.manifest, name="manifest"),
    *(path(address, icons.icon, {"file": file}, name=f"icon_{file}") for address, file in ICON_PATHS.items()),
    path("signup/", signup.begin, name="signup"),
    path("signup/address/", signup.address, name="signup_address"),
    path("signup/verify/", signup.verify, name="signup_verify"),
    path("signup/verify/resend/", signup.resend, name="signup_resend"),
    path("signup/another-address/", signup.choose_address, name="signup_choose_address"),
    path("organizations/", organizations.index, name="organizations"),
    path("organizations/new/", organizations.new, name="organization_new"),
    path("organizations/<slug:slug>/", organizations.edit, name="organization_edit"),
    path("organizations/<slug:slug>/address/", organizations.change_address, name="organization_address"),
    path("organizations/<slug:slug>/export/", organizations.export, name="organization_export"),
    path("organizations/<slug:slug>/delete/", organizations.delete, name="organization_delete"),
    path("organizations/<slug:slug>/transfer/", transfers.offer, name="organization_transfer"),
    path("organizations/<slug:slug>/transfer/withdraw/", transfers.withdraw, name="organization_transfer_withdraw"),
    path("transfers/<str:token>/", transfers.answer, name="transfer_answer"),
    path("organizations/<slug:slug>/hand-over/", hand_over.issue, name="organization_hand_over"),
]
