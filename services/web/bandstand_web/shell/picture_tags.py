"""Template tag for pictures, available in every template without `{% load %}`: a page has dozens, see row_tags."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bandstand.media.models import Picture

register = template.Library()

_WHOLE_WIDTH = "100vw"
_LATER = SafeString(' loading="lazy" decoding="async"')
_AT_ONCE = SafeString(' fetchpriority="high"')
_NO_NAME = "♪"


@register.simple_tag
def picture(
    picture: Picture | None,
    *,
    name: object = "",
    sizes: str = "",
    eager: bool = False,
    quiet: bool = False,
    unsaid: object = False,
) -> SafeString:
    """Return a picture in every format and width that the worker made, or a placeholder until then.

    `name`: its first letter is the placeholder; `sizes`: of the `<img>`; `eager`: it is above the fold; `quiet`: no
    note that it is still being prepared; `unsaid`: what it shows isn't said.
    """
    if picture and picture.is_ready:
        inner = _shown(picture, sizes or _WHOLE_WIDTH, is_eager=eager, alt="" if unsaid else picture.alt)
    else:
        inner = _placeholder(picture, str(name or _NO_NAME)[:1].upper(), is_quiet=quiet)
    return format_html('<span class="picture">{}</span>', inner)


def _shown(picture: Picture, sizes: str, *, is_eager: bool, alt: str) -> SafeString:
    sources = ((kind, srcset, sizes) for kind, srcset in picture.sources)
    return format_html(
        '<picture>{}<img{} src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}"{}></picture>',
        format_html_join("", '<source type="{}" srcset="{}" sizes="{}">', sources),
        format_html(' class="{}"', focus) if (focus := picture.focus_classes) else "",
        picture.url,
        picture.fallback_srcset,
        sizes,
        picture.width,
        picture.height,
        alt,
        _AT_ONCE if is_eager else _LATER,
    )


def _placeholder(picture: Picture | None, letter: str, *, is_quiet: bool) -> SafeString:
    shown = format_html('<span class="picture-letter" aria-hidden="true"><span>{}</span></span>', letter)
    if is_quiet or not picture or picture.state != Picture.State.WAITING:
        return shown
    note = _("The picture is being prepared.")
    return format_html('{}<span class="picture-waiting">{}</span>', shown, note)
