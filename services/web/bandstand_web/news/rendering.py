"""A post's text as HTML: for its page, and for feeds, which are read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from bandstand.content.rendering import TextPicture, render_markdown
from bandstand.media.models import Picture
from bandstand.media.uses import pictures_in
from bandstand.news.models import Post

Pictures = Mapping[str, Picture]  # by their `uid`
TOP_HEADING = 2  # below the title
_NOTHING = mark_safe("")


def page_html(post: Post) -> SafeString:
    """Return the text for the post's page. One query if there are pictures in it."""
    return text_html(post.text, language=post.language_of("text"), pictures=pictures_in(post.text))


def text_html(text: str, *, language: str, pictures: Pictures) -> SafeString:
    """Return a text below a title for a page, with its pictures in all sizes."""

    def shown(named: TextPicture) -> SafeString:
        if named.uid not in pictures:
            return _NOTHING
        picture = copy(pictures[named.uid])  # it may stand at several places, with other words
        picture.alt = named.alt or picture.alt
        return render_to_string("news/text_picture.html", {"picture": picture, "caption": named.caption})

    return render_markdown(text, language=language, picture=shown, top=TOP_HEADING)


def feed_html(post: Post, pictures: Pictures, *, base: str) -> SafeString:
    """Return the whole post for readers elsewhere: links and pictures have addresses of their own, which stay.

    `pictures` are those of the text; `base` is the portal's address, without a slash at its end.
    """

    def shown(named: TextPicture) -> SafeString:
        picture = pictures.get(named.uid)
        return _image(post, picture, named.alt, base) if picture else _NOTHING

    above = shown_picture(post)
    address, language = f"{base}{post.get_absolute_url()}", post.language_of("text")
    text = render_markdown(post.text, language=language, picture=shown, base=address, top=TOP_HEADING)
    return format_html("{}{}", format_html("<p>{}</p>", _image(post, above, "", base)) if above else "", text)


def shown_picture(post: Post) -> Picture | None:
    """Return the picture above the text, once it is ready."""
    return post.picture if post.picture is not None and post.picture.is_ready else None


def picture_address(post: Post, picture: Picture) -> str:
    """Return the path at which a post's picture stays, whatever becomes of the addresses of its files."""
    return reverse("post_picture", args=[post.uid, picture.uid])


def _image(post: Post, picture: Picture, alt: str, base: str) -> SafeString:
    return format_html(
        '<img src="{}" alt="{}" width="{}" height="{}">',
        f"{base}{picture_address(post, picture)}",
        alt or picture.alt,
        picture.width,
        picture.height,
    )
