"""Template tags for the rows of lists, available in every template without `{% load %}`.

A list has each of them thirty or a hundred times, where an include costs ten times as much.
"""

from __future__ import annotations

import functools
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.template.defaultfilters import date
from django.urls import get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

_NO_KEY = 987_654_321  # stands in a path where the key of a row goes


@register.simple_tag
def row_url(name: str, row: Any) -> str:
    """Return the path of the page `name` of a row."""
    before, after = _around_key(name, get_urlconf())
    return f"{before}{row.pk}{after}"


@register.simple_tag
def row_pick(row: Any) -> SafeString:
    """Return the cell with the box that picks a row of a list; its `told_name` says of which."""
    return format_html(
        '<td class="pick"><input type="checkbox" form="bulk" name="rows" value="{}" aria-label="{} {}"></td>',
        row.pk,
        _("Select"),
        row.told_name,
    )


@register.simple_tag
def row_link(name: str, row: Any, text: str | Promise, of: str | Heard) -> SafeString:
    """Return a link to the page `name` of a row; screen readers hear of which."""
    return _link(row_url(name, row), text, of)


@register.simple_tag
def row_page(row: Any, of: str | Heard) -> SafeString:
    """Return a link to the page that visitors see of a row, or its preview."""
    return _link(row.get_absolute_url(), _("View") if row.is_visible else _("Preview"), of)


@register.simple_tag
def row_state(row: Any) -> SafeString:
    """Return a tag that says whether visitors see a row, or when they will."""
    if row.is_visible:
        return tag(_("published"), "good")
    if row.is_scheduled:
        return tag(_("appears on %(when)s") % {"when": date(row.appears_at, "SHORT_DATETIME_FORMAT")}, "warn")
    return tag(_("draft"), "quiet")


@register.simple_tag
def tag(text: str | Promise, tone: str = "") -> SafeString:
    """Return a tag that shows a state; `tone` is "good", "warn", "bad", "loud", "quiet" or none."""
    return format_html('<span class="tag{}">{}</span>', f" is-{tone}" if tone else "", text)


@register.simple_tag
def last_change(row: Any, history_url_name: str) -> SafeString:
    """Return who changed a row last, with a link to its history; for rows of last_changes_add()."""
    change = getattr(row, "last_change", None)
    if not change:
        return SafeString()
    when = naturaltime(change.at)
    if change.by:
        who = format_html("<bdi>{}</bdi>", row.last_changed_by)
        told = format_html(_("Changed by {who}, {when}"), who=who, when=when)
    else:
        told = format_html(_("Changed {when}"), when=when)
    return format_html('<a class="remark" href="{}">{}</a>', row_url(history_url_name, row), told)


@register.simple_tag
def publish_button(name: str, row: Any, of: str | Heard) -> SafeString:
    """Return a button that publishes a row, or makes it a draft again. Its form is in base/backstage.html."""
    if row.is_visible:
        text, published = _("Unpublish"), ""
    elif row.is_scheduled:
        text, published = _("Unschedule"), ""
    else:
        text, published = _("Publish"), "1"
    return format_html(
        '<button class="button button--quiet button--small" type="submit" form="row-acts" formaction="{}"'
        ' name="published" value="{}">{}{}</button>',
        row_url(name, row),
        published,
        text,
        heard(of),
    )


class Heard(SafeString):
    """What screen readers hear after the text of a link, made once for all links of a row."""


def heard(of: str | Heard) -> Heard:
    """Return what is heard of a link to something of `of`, the name of a row."""
    if isinstance(of, Heard):
        return of
    return Heard(format_html('<span class="visually-hidden"> <bdi>{}</bdi></span>', of))


def _link(url: str, text: str | Promise, of: str | Heard) -> SafeString:
    return format_html('<a href="{}">{}{}</a>', url, text, heard(of))


@functools.cache
def _around_key(name: str, urlconf: str | None) -> tuple[str, str]:
    before, _key, after = reverse(name, urlconf, args=[_NO_KEY]).partition(str(_NO_KEY))
    return before, after
