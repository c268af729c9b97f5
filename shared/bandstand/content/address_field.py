"""The address of a row in a form: it warns before it takes one that leads to another row, and lists former ones."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bandstand.content.former_addresses import FormerAddress
from bandstand.content.whole_numbers import whole_number


class AddressInput(forms.TextInput):
    """A text input with the row's former addresses below it, each of which can be given up.

    Where the form warned about an address, it is sent along, so that saving once more takes it.
    """

    template_name = "content/address_input.html"
    row: Any = None
    warned = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        former = FormerAddress.objects.of(self.row) if self.row is not None and self.row.pk else ()
        context["widget"].update(
            text_template=super().template_name,
            warned=self.warned,
            is_led_on_to=getattr(self.row, "is_led_on_to", True),
            former=[(each.pk, path_of(self.row, each.slug)) for each in former],
        )
        return context


class AddressField(forms.SlugField):
    """A slug of a ModelForm's row."""

    widget = AddressInput
    _form: Any = None
    _name = ""

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        self._form, self._name = form, field_name
        self.widget.row = getattr(form, "instance", None)
        return super().get_bound_field(form, field_name)

    def clean(self, value: Any) -> Any:
        """Return the slug. Raises ValidationError once where another row's visitors would no longer be led on."""
        slug = super().clean(value)
        row = getattr(self._form, "instance", None)
        if row is None:
            return slug
        row.addresses_given_up = [whole_number(each) for each in self._sent("forget")]
        if slug and slug != row.slug and slug not in self._sent("warned"):
            other = FormerAddress.objects.of_others(row).filter(slug=slug).first()
            if other is not None:
                self.widget.warned = slug
                raise ValidationError(
                    _(
                        "This used to be the URL of “%(name)s”, and visitors are led on to its page. "
                        "Save again to take it over."
                    )
                    % {"name": _("something in the trash") if getattr(other.row, "is_trashed", False) else other.row},
                    code="former",
                )
        return slug

    def _sent(self, what: str) -> list[str]:
        data, name = self._form.data, f"{self._form.add_prefix(self._name)}-{what}"
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name, ()))


def path_of(row: Any, slug: str) -> str:
    """Return the path of the row's page if it had this slug, or the slug where it has no page."""
    if not hasattr(row, "get_absolute_url"):
        return slug
    return str(type(row)(slug=slug).get_absolute_url())
