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


class GigsConfig(Declarations, AppConfig):
    name = "bandstand.gigs"
    verbose_name = _("Gigs")
    actions = EDITED_BY_EDITORS
    band_paths = {"gig": "appearances__band"}
    band_actions = {BAND_LEADER: ALL, BAND_EDITOR: ALL, BAND_MEMBER: VIEW}
    is_exported = True
    importer = "bandstand.gigs.importing.GigImporter"
    portal_places = (Place(20, _("Gigs"), "gigs"),)
    backstage_places = (Place(20, _("Gigs"), "backstage:gigs", "gigs.view_gig"),)

    def ready(self) -> None:
        # It imports models, which can't be imported before the apps are loaded.
        from bandstand.gigs import share_pictures  # noqa: F401, PLC0415 - which says how they are drawn
        from bandstand.media.uses import remove_pictures_of  # noqa: PLC0415

        post_delete.connect(remove_pictures_of, sender="gigs.Gig", dispatch_uid="gigs.remove_pictures")
