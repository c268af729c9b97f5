from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    name = "bandstand.media"
    verbose_name = _("Media")

    def ready(self) -> None:
        # Import models, which can't be before apps are loaded.
        from bandstand.media import measuring  # noqa: F401, PLC0415 - says how much is stored
        from bandstand.media.removing import remove_files_of  # noqa: PLC0415

        post_delete.connect(remove_files_of, sender="media.Picture", dispatch_uid="media.remove_files_of")
