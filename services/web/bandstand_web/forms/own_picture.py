"""The picture that stands for a row, in the row's own form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.content.of_bands import permission_to
from bandstand.media.adding import picture_add
from bandstand.media.models import Picture
from bandstand.media.uses import Use, pictures_delete_unused, uses_of
from bandstand_web.forms.picture_file_field import PictureFileField


class OwnPictureForm(forms.ModelForm[Any]):
    """A form with the picture of its row, `picture`: upload, description, and taking it away.

    A picture that nothing uses any more is deleted with its files.
    """

    new_picture = PictureFileField(label=_("Picture"), help_text=_("Choose a file to add or replace it."))
    picture_alt = forms.CharField(
        label=_("Description of the picture"),
        max_length=255,
        required=False,
        help_text=_("What the picture shows, for people who can't see it."),
    )
    no_picture = forms.BooleanField(label=_("Remove the picture"), required=False)

    user: User  # who fills it in: KindForm tells it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (picture := self.instance.picture) is not None:
            self.fields["picture_alt"].initial = picture.alt
        else:
            del self.fields["no_picture"]

    @property
    def shown_picture(self) -> Picture | None:
        """The picture that is stored."""
        found: Picture | None = self.instance.picture
        return found

    @property
    def row_name(self) -> str:
        """What the row is called; its first letter stands for a picture that isn't ready."""
        return str(self.instance)

    @property
    def picture_uses(self) -> list[Use]:
        """Where the picture that is stored is used, as far as whoever fills the form in may see that."""
        picture = self.shown_picture
        if picture is None:
            return []
        uses = uses_of([picture.pk]).get(picture.pk, [])
        return [use for use in uses if self.user.has_perm(permission_to("view", type(use.row)), use.row)]

    def save(self, commit: bool = True) -> Any:
        before, alt = self.shown_picture, self.cleaned_data["picture_alt"]
        if file := self.cleaned_data["new_picture"]:
            self.instance.picture = picture_add(file=file, uploaded_by=self.user, alt=alt)
        elif self.cleaned_data.get("no_picture"):
            self.instance.picture = None
        elif before is not None and before.alt != alt and self.add_prefix("picture_alt") in self.data:
            before.alt = alt
            before.save(update_fields=["alt"])
        row = super().save(commit=commit)
        if before is not None and row.picture_id != before.pk:
            pictures_delete_unused([before.pk])
        return row
