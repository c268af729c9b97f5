"""URLs of the team."""

from django.urls import path

from bandstand_web.teams import backstage

backstage_urls = [
    path("", backstage.index, name="team"),
    path("invite/", backstage.invite, name="team_invite"),
    path("invitations/<int:pk>/resend/", backstage.resend, name="team_invitation_resend"),
    path("invitations/<int:pk>/revoke/", backstage.revoke, name="team_invitation_revoke"),
    path("second-step/", backstage.demand_second_step, name="team_second_step"),
    path("<int:pk>/role/", backstage.change_role, name="team_role"),
    path("<int:pk>/bands/", backstage.bands, name="team_bands"),
    path("<int:pk>/remove/", backstage.remove, name="team_remove"),
]
