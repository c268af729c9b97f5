from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITED_BY_EDITORS, OF_NO_BAND, Declarations


class MediaConfig(Declarations, AppConfig):
    name = "bandstand.media"
    verbose_name = _("Media")
    actions = EDITED_BY_EDITORS
    band_paths = {"picture": OF_NO_BAND}  # reached by what uses them
    is_exported = True

    def ready(self) -> None:
        # These import models, which can't be imported before the apps are loaded.
        from bandstand.media import measuring  # noqa: F401, PLC0415 - registers the storage meter
        from bandstand.media.removing import remove_files_of  # noqa: PLC0415

        post_delete.connect(remove_files_of, sender="media.Picture", dispatch_uid="media.remove_files_of")
