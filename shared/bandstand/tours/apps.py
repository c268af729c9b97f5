from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import (
    ALL,
    BAND_EDITOR,
    BAND_LEADER,
    BAND_MEMBER,
    EDITED_BY_EDITORS,
    VIEW,
    Declarations,
    Place,
)


class ToursConfig(Declarations, AppConfig):
    name = "bandstand.tours"
    verbose_name = _("Tours")
    actions = EDITED_BY_EDITORS
    band_paths = {"tour": "gigs__appearances__band"}
    band_actions = {BAND_LEADER: ALL, BAND_EDITOR: ALL, BAND_MEMBER: VIEW}
    is_exported = True
    importer = "bandstand.tours.importing.TourImporter"
    other_places = (Place(22, _("Tours"), "tours"),)
    in_menus = ("tour",)
    backstage_places = (Place(22, _("Tours"), "backstage:tours", "tours.view_tour"),)

    def ready(self) -> None:
        # It imports models, which can't be imported before the apps are loaded.
        from bandstand.media.uses import remove_pictures_of  # noqa: PLC0415

        post_delete.connect(remove_pictures_of, sender="tours.Tour", dispatch_uid="tours.remove_pictures")
