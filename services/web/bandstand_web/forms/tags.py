"""Template tags for forms and names, available in every template without `{% load %}`."""

from __future__ import annotations

from typing import Any, cast

from django import template
from django.template.context import Context
from django.utils.html import format_html
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


@register.filter
def bdi(name: object) -> SafeString:
    """Isolate a name's text direction within a translated sentence."""
    return format_html("<bdi>{}</bdi>", name)


def _given(context: Context) -> dict[str, Any]:
    return cast("dict[str, Any]", context.flatten())
