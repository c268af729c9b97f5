from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "bandstand.partners"
    verbose_name = _("Gigs from and for other portals")
