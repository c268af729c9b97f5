"""News as visitors see it: the list, and the page of each post."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.gigs.models import Gig
from bandstand.media.links import picture_links
from bandstand.media.models import Picture
from bandstand.news.models import Post
from bandstand_web.news.portal.feeds import TAG, feed_links
from bandstand_web.news.rendering import page_html
from bandstand_web.news.structured_data import blog_posting
from bandstand_web.pagecache.pages import PAGE_NUMBER, SLUG, anonymous_page, for_this_request_alone
from bandstand_web.picture_files import send_picture
from bandstand_web.query_values import page_of
from bandstand_web.requests import PortalRequest
from bandstand_web.shell.structured_data import item_list, trail

PAGE_SIZE = 12
TAGS_OFFERED = 24
GIGS_SHOWN = 12
MORE_POSTS = 3
PICTURES_KEPT = "public, max-age=86400"


@anonymous_page(page=PAGE_NUMBER, band=SLUG, tag=TAG)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the posts, all or those about one band (`?band=`) or with one tag (`?tag=`): first what is pinned."""
    slug, tag = request.GET.get("band", ""), request.GET.get("tag", "").lower()
    band = get_object_or_404(Band.objects.published(), slug=slug) if slug else None
    published = Post.objects.published()
    posts = published.of_band(band) if band else published
    posts = posts.tagged(tag) if tag else posts
    page = page_of(request, posts.pinned_first().for_visitors(), PAGE_SIZE)
    context = {
        "page": page,
        "band": band,
        "tag": tag,
        "tags": published.tags()[:TAGS_OFFERED],
        "feeds": feed_links(band, tag),
        "structured_data": item_list(page, base=request.build_absolute_uri("/")),
    }
    response = render(request, "news/portal/list.html", context)
    is_invented = bool(tag) and not page.object_list  # anybody can name a tag
    return for_this_request_alone(response) if is_invented else response


@anonymous_page()
@require_safe
def detail(request: PortalRequest, slug: str) -> HttpResponse:
    """Show a post with its gigs, and what else is new."""
    post = get_object_or_404(Post.objects.published().for_visitors(), slug=slug)
    gigs = list(Gig.objects.published().filter(posts=post).for_rows().order_by("starts_at", "pk")[:GIGS_SHOWN])
    more = Post.objects.published().exclude(pk=post.pk).latest_first().for_visitors()[:MORE_POSTS]
    base = request.build_absolute_uri("/")
    context: dict[str, Any] = {
        "post": post,
        "text": page_html(post),
        "gigs": gigs,
        "more": list(more),
        "feeds": feed_links(),
        "structured_data": blog_posting(post, base=base, organization=request.organization),
        "trail": trail((_("News"), reverse("news")), (post.title, post.get_absolute_url()), base=base),
    }
    return render(request, "news/portal/detail.html", context)


@require_safe
def picture(request: PortalRequest, uid: UUID, picture: UUID) -> HttpResponseBase:
    """Send a picture of a post, at an address that stays, which may be shown by feed readers on other websites."""
    shown = get_object_or_404(Post.objects.published().select_related("picture"), uid=uid)
    found = get_object_or_404(Picture.objects.filter(state=Picture.State.READY), uid=picture)
    if found != shown.picture and str(found.uid) not in shown.text:
        raise Http404
    if settings.MEDIA_HOST:
        with picture_links(last=True):
            response: HttpResponseBase = redirect(found.url)
        response["Cache-Control"] = PICTURES_KEPT
    else:
        schema = request.organization.schema_name
        response = send_picture(request, found.file, schema=schema, cache_control=PICTURES_KEPT)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
