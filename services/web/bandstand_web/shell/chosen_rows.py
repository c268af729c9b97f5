"""Rows that a form names: one by its button, several by their boxes, or those that a message can take back."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _

from bandstand.content.whole_numbers import whole_number

MOST = 200  # rows of one request; a page of a list has far fewer


def chosen_rows(*values: str) -> list[int]:
    """Return the primary keys in these values, each alone or several with commas, without repetitions."""
    found = (whole_number(text) for value in values for text in value.split(","))
    return list(dict.fromkeys(number for number in found if number is not None))[:MOST]


def say_with_undo(
    request: HttpRequest, text: str, *, url: str, rows: Iterable[int], name: str = "rows", do: str = ""
) -> None:
    """Add a message with a button that posts `rows`, after `do` and a colon if given, under `name` to `url`.

    The button works without scripts, as the pages of the backstage and the admin have a form for it.
    """
    value = ",".join(map(str, rows))
    button = format_html(
        '<button class="button button--quiet button--small" type="submit" form="undo" formaction="{}" name="{}" '
        'value="{}">{}</button>',
        url,
        name,
        f"{do}:{value}" if do else value,
        _("Undo"),
    )
    messages.success(request, format_html("{} {}", text, button))
