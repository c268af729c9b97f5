"""Posts for search engines. Source: https://schema.org/BlogPosting."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from django.utils.safestring import SafeString

from bandstand.news.models import Post
from bandstand.organizations.models import Organization
from bandstand_web.news.rendering import picture_address, shown_picture
from bandstand_web.shell.structured_data import json_ld


def blog_posting(post: Post, *, base: str, organization: Organization) -> SafeString:
    """Return the JSON-LD for `post` (from `for_visitors()`), safe in a script element."""
    publisher = {"@type": "Organization", "name": organization.name, "url": base}
    picture = shown_picture(post)
    about: list[dict[str, Any]] = [
        {"@type": "MusicGroup", "name": band.name, "url": urljoin(base, band.get_absolute_url())}
        for band in post.bands.all()
    ]
    return json_ld(
        {
            "@type": "BlogPosting",
            "headline": post.title,
            "url": urljoin(base, post.get_absolute_url()),
            "mainEntityOfPage": urljoin(base, post.get_absolute_url()),
            "identifier": f"urn:uuid:{post.uid}",
            "description": post.description,
            "image": urljoin(base, picture_address(post, picture)) if picture else "",
            "datePublished": post.shown_since.isoformat(),
            "dateModified": post.changed_at.isoformat(),
            "inLanguage": post.language_of("text"),
            "author": {"@type": "Person", "name": post.author} if post.author else publisher,
            "publisher": publisher,
            "keywords": ", ".join(post.tags),
            "about": about,
        }
    )
