"""Template tags for forms and names, available in every template without `{% load %}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import template
from django.forms.utils import flatatt
from django.template.base import render_value_in_context
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bandstand_web.forms.problems import problems_of

register = template.Library()


@register.simple_tag(takes_context=True)
def error_prefix(context: Context) -> str:
    """Return the prefix of a page's title if one of its forms has errors. Source: WCAG 2.2, 3.3.1; GOV.UK."""
    return _("Error:") + " " if problems_of(_given(context)) else ""


@register.inclusion_tag("components/error_summary.html", takes_context=True)
def error_summary(context: Context) -> dict[str, Any]:
    """Show the page's form errors, each linked to its field."""
    return {"problems": problems_of(_given(context))}


@register.simple_tag
def versions_beside(field: Any) -> list[Any]:
    """Return the fields of a field's versions in the portal's further languages."""
    form: Any = getattr(field, "form", None)
    return form.versions_beside(field.name) if hasattr(form, "versions_beside") else []


@register.filter
def bdi(name: object) -> SafeString:
    """Isolate a name's text direction within a translated sentence."""
    return format_html("<bdi>{}</bdi>", name)


@register.simple_tag(takes_context=True)
def options(context: Context, groups: Iterable[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    """Return what a select offers, given its widget's `optgroups`.

    Django renders a template for each option and one for its attributes, which takes twice as long for all time zones.
    """
    return format_html_join("", "{}", ((_group(context, name, choices),) for name, choices, _index in groups))


def _group(context: Context, name: str | None, choices: list[dict[str, Any]]) -> SafeString:
    shown = format_html_join(
        "",
        '<option value="{}" dir="auto"{}>{}</option>\n',
        (
            (str(each["value"]), flatatt(each["attrs"]), render_value_in_context(each["label"], context))
            for each in choices
        ),
    )
    return format_html('<optgroup label="{}">\n{}</optgroup>\n', name, shown) if name else shown


def _given(context: Context) -> dict[str, Any]:
    return cast("dict[str, Any]", context.flatten())
