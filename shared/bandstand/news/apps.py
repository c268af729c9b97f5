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


class NewsConfig(Declarations, AppConfig):
    name = "bandstand.news"
    verbose_name = _("News")
    actions = EDITED_BY_EDITORS
    band_paths = {"post": "bands"}
    band_actions = {BAND_LEADER: ALL, BAND_EDITOR: ALL, BAND_MEMBER: VIEW}
    is_exported = True
    portal_places = (Place(25, _("News"), "news"),)
    backstage_places = (Place(24, _("News"), "backstage:posts", "news.view_post"),)

    def ready(self) -> None:
        # It imports models, which can't be imported before the apps are loaded.
        from bandstand.media.uses import remove_pictures_of  # noqa: PLC0415

        post_delete.connect(remove_pictures_of, sender="news.Post", dispatch_uid="news.remove_pictures")
