"""Addresses of a portal: its public pages, and below them backstage, accounts and admin."""

from django.urls import URLPattern, URLResolver, include, path

from bandstand_web.accounts import hand_over, invitations
from bandstand_web.admin.tenant_site import site as tenant_site

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("bandstand_web.accounts.urls")),
    path("accounts/hand-over/", hand_over.begin_or_finish, name="hand_over"),
    path("accounts/join/<str:token>/", invitations.accept, name="invitation_accept"),
    path("backstage/", include("bandstand_web.backstage.urls")),
    path("admin/", tenant_site.urls),
]
