from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ListingsConfig(AppConfig):
    name = "bandstand.listings"
    verbose_name = _("Listings of other portals' bands")

    def ready(self) -> None:
        # They import models, which can't be imported before the apps are loaded.
        from bandstand.listings import exporting, hiding  # noqa: F401, PLC0415 - registers, and connects a receiver
