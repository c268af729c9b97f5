"""URLs of account pages, for the platform and portals: only the allauth views that are used."""

from allauth.account import views
from allauth.mfa import urls as mfa_urls
from django.urls import include, path, re_path

from bandstand_web.accounts import email_codes, hand_over, invitations, log_ins, profile
from bandstand_web.accounts.behind_log_in import behind_log_in

SECOND_STEP = "mfa_authenticate"  # asked for after the password, before the log-in is complete

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("profile/", profile.edit, name="account_profile"),
    path("email/", views.email, name="account_email"),
    path("email/code/", email_codes.confirm, name="account_email_verification_sent"),
    path("password/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("second-factor/", include(behind_log_in(mfa_urls.urlpatterns, but_not={SECOND_STEP}))),
    path("sessions/", log_ins.index, name="usersessions_list"),
    path("sessions/<int:pk>/end/", log_ins.end, name="usersession_end"),
    path("password/reset/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

# A portal's alone: owners come from the platform, others by invitation.
portal_urls = [
    path("hand-over/", hand_over.begin_or_finish, name="hand_over"),
    path("hand-over/confirm/", hand_over.confirm, name="hand_over_confirm"),
    path("hand-over/resume/", hand_over.resume, name="hand_over_resume"),
    path("emergency/", hand_over.emergency, name="emergency"),
    path("join/<str:token>/", invitations.accept, name="invitation_accept"),
]
