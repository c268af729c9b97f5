from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import (
    ALL,
    BAND_EDITOR,
    BAND_LEADER,
    BAND_MEMBER,
    EDITOR,
    MANAGER,
    MEMBER,
    OWNER,
    PRIVATE,
    VIEW,
    Declarations,
    Place,
)


class PeopleConfig(Declarations, AppConfig):
    name = "bandstand.people"
    verbose_name = _("People")
    off_pages = ("person_instruments",)
    # Email, phone and notes are for those who look after people; see Person.private.
    actions = {OWNER: (*ALL, PRIVATE), MANAGER: (*ALL, PRIVATE), EDITOR: ALL, MEMBER: VIEW}
    band_paths = {"person": "memberships__band"}
    band_actions = {BAND_LEADER: ("view", "change"), BAND_EDITOR: ("view", "change"), BAND_MEMBER: VIEW}
    is_exported = True
    importer = "bandstand.people.importing.PersonImporter"
    backstage_places = (Place(15, _("People"), "backstage:people", "people.view_person"),)

    def ready(self) -> None:
        # It imports models, which can't be imported before the apps are loaded.
        from bandstand.media.uses import remove_pictures_of  # noqa: PLC0415

        post_delete.connect(remove_pictures_of, sender="people.Person", dispatch_uid="people.remove_pictures")
