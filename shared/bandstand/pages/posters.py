"""The picture before a film: fetched once from where the film is, so that visitors' browsers ask nobody.

Source: oembed.com; the sites' own pages name these addresses.
"""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction

from bandstand.content.rendering import PICTURE_SCHEME
from bandstand.jobs.enqueueing import enqueue
from bandstand.media.adding import picture_add
from bandstand.media.storage import UPLOAD_MAX_BYTES
from bandstand.organizations.current import current_organization
from bandstand.outgoing.fetching import fetch
from bandstand.outgoing.links import LinkError
from bandstand.outgoing.policy import Policy, openings_of
from bandstand.outgoing.problems import FetchError
from bandstand.pages.blocks import Block, stored_blocks
from bandstand.pages.job_kinds import FETCH_POSTER, FetchPoster
from bandstand.pages.models import Page

FILM = "film"
_YOUTUBE = "https://www.youtube.com/oembed"
_ASKED = {
    **dict.fromkeys(("www.youtube.com", "youtube.com", "m.youtube.com", "youtu.be"), _YOUTUBE),
    **dict.fromkeys(("vimeo.com", "www.vimeo.com", "player.vimeo.com"), "https://vimeo.com/api/oembed.json"),
}
_MOST_BYTES = 64 * 1024  # of what a site says of a film

log = structlog.get_logger("bandstand.pages")


def without_old_poster(block: Block, before: Block | None) -> Block:
    """Return a film that now leads elsewhere without the picture of where it led."""
    if before is None or before.kind is None or not _is_film(block) or not _is_film(before):
        return block
    is_other = before.values["address"] != block.values["address"]
    is_same_poster = before.values["poster"] == block.values["poster"]
    return replace(block, values={**block.values, "poster": ""}) if is_other and is_same_poster else block


def poster_ask(page: Page, block: Block) -> None:
    """Have a film's picture fetched, unless it has one."""
    if _is_film(block) and not block.values["poster"]:
        job = FetchPoster(page.pk, block.id, block.values["address"])
        enqueue(FETCH_POSTER, job, organization=current_organization())


def poster_fetch(*, number: int, block: str, address: str) -> bool:
    """Fetch a film's picture and put it into its block, unless that has changed since; return whether it has it."""
    try:
        file = _fetched(address)
    except (FetchError, LinkError, ValueError, RecursionError) as problem:
        log.info("no poster", page=number, problem=str(problem))
        return False
    with transaction.atomic():
        page = Page.objects.select_for_update(of=("self",), no_key=True).filter(pk=number).first()
        blocks = page.block_list if page else []
        place = next((at for at, each in enumerate(blocks) if each.id == block and _is_film(each)), None)
        if (
            page is None
            or place is None
            or blocks[place].values["poster"]
            or blocks[place].values["address"] != address
        ):
            return False
        try:
            picture = picture_add(file=file)
        except ValidationError as problem:
            log.info("no poster", page=number, problem=" ".join(problem.messages))
            return False
        values = {**blocks[place].values, "poster": f"{PICTURE_SCHEME}{picture.uid}"}
        blocks[place] = replace(blocks[place], values=values)
        page.blocks = stored_blocks(blocks)
        page.save(update_fields=["blocks", "updated_at"])
        return True


def _fetched(address: str) -> File[bytes]:
    """Return the picture that the film's site names. Raises FetchError, LinkError, ValueError, RecursionError."""
    host = urlsplit(address).hostname or ""
    asked = _ASKED.get(host, f"https://{host}/services/oembed")  # the last is PeerTube's
    said: Any = json.loads(_get(f"{asked}?format=json&url={quote(address, safe='')}", _MOST_BYTES))
    named = said.get("thumbnail_url") if isinstance(said, dict) else None
    if not isinstance(named, str) or not named:
        raise ValueError("The site names no picture.")
    return File(BytesIO(_get(urljoin(asked, named), UPLOAD_MAX_BYTES)), name="poster")


def _get(address: str, most: int) -> bytes:
    policy = Policy(most_bytes=most, openings=openings_of(settings.OUTGOING_ALLOWED))
    return fetch(address, policy=policy).content


def _is_film(block: Block) -> bool:
    return block.kind is not None and block.kind.name == FILM
