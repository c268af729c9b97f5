"""Addresses of the backstage."""

from django.urls import path
from django.views.generic import RedirectView

from bandstand_web.backstage import team

app_name = "backstage"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="backstage:team"), name="dashboard"),
    path("team/", team.index, name="team"),
    path("team/invite/", team.invite, name="team_invite"),
    path("team/invitations/<int:pk>/resend/", team.resend, name="team_invitation_resend"),
    path("team/invitations/<int:pk>/revoke/", team.revoke, name="team_invitation_revoke"),
    path("team/<int:pk>/role/", team.change_role, name="team_role"),
    path("team/<int:pk>/remove/", team.remove, name="team_remove"),
]
