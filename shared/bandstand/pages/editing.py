"""Changes of a page's blocks, one at a time: each is stored at once, and is a change of the page's history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bandstand.content.changes import Change
from bandstand.pages.blocks import Block, new_id, read_blocks, stored_blocks, validate_blocks
from bandstand.pages.models import Page
from bandstand.pages.posters import poster_ask, without_old_poster


def block_put(*, page: Page, block: Block, after: str = "") -> Block:
    """Store a block in the place of the one with its id, or as a new one after the block `after`, at the end without.

    The page is locked by whoever calls this. Raises ValidationError if it gets too long.
    """
    blocks = page.block_list
    before = next((each for each in blocks if block.id and each.id == block.id), None)
    block = without_old_poster(block if block.id else replace(block, id=new_id()), before)
    if before:
        _store(page, [block if each.id == block.id else each for each in blocks])
    else:
        place = place_of(blocks, after)
        at = len(blocks) if place is None else place + 1
        _store(page, [*blocks[:at], block, *blocks[at:]])
    poster_ask(page, block)
    return block


def block_move(*, page: Page, number: str, step: int) -> None:
    """Move a block up (-1) or down (1). Raises LookupError for one that is gone."""
    blocks = page.block_list
    place = _place(blocks, number)
    other = place + step
    if 0 <= other < len(blocks):
        blocks[place], blocks[other] = blocks[other], blocks[place]
        _store(page, blocks)


def block_move_after(*, page: Page, number: str, after: str) -> None:
    """Move a block behind another one, or to the beginning. Raises LookupError for one that is gone."""
    blocks = page.block_list
    block = blocks.pop(_place(blocks, number))
    at = _place(blocks, after) + 1 if after else 0
    blocks.insert(at, block)
    _store(page, blocks)


def block_duplicate(*, page: Page, number: str) -> None:
    """Put a copy behind a block. Raises LookupError for one that is gone, ValidationError where there is no room."""
    blocks = page.block_list
    place = _place(blocks, number)
    _store(page, [*blocks[: place + 1], blocks[place].twin(), *blocks[place + 1 :]])


def block_hide(*, page: Page, number: str, is_hidden: bool) -> None:
    """Hide a block from visitors, or show it again. Raises LookupError for one that is gone."""
    blocks = page.block_list
    place = _place(blocks, number)
    blocks[place] = blocks[place].shown_or_hidden(is_hidden=is_hidden)
    _store(page, blocks)


def block_delete(*, page: Page, number: str) -> int:
    """Delete a block; return what `blocks_bring_back` takes. Raises LookupError for one that is gone."""
    blocks = page.block_list
    del blocks[_place(blocks, number)]
    _store(page, blocks)
    return Change.objects.newest(Page, page.pk)


def blocks_bring_back(*, page: Page, change: int) -> int:
    """Bring back the blocks that this change deleted, where they stood, and return how many.

    What has happened to other blocks since stays. Raises ValidationError where there is no room any more.
    """
    found = Change.objects.of(page).filter(pk=change).first()
    before, after = (found.fields.get("blocks") or [None, None]) if found else (None, None)
    former = read_blocks(before)
    stayed = {block.id for block in read_blocks(after)} if after is not None else {block.id for block in former}
    blocks = page.block_list
    present = {block.id for block in blocks}
    count = 0
    for place, block in enumerate(former):
        if block.id in stayed or block.id in present:
            continue
        neighbour = next((each.id for each in reversed(former[:place]) if place_of(blocks, each.id) is not None), "")
        blocks.insert((_place(blocks, neighbour) + 1) if neighbour else 0, block)
        count += 1
    if count:
        _store(page, blocks)
    return count


def place_of(blocks: Sequence[Block], number: str) -> int | None:
    """Return where the block with this id stands; None for one that is gone."""
    return next((place for place, block in enumerate(blocks) if block.id == number), None)


def _place(blocks: Sequence[Block], number: str) -> int:
    place = place_of(blocks, number)
    if place is None:
        raise LookupError(number)
    return place


def _store(page: Page, blocks: Sequence[Block]) -> None:
    stored: list[Any] = stored_blocks(blocks)
    validate_blocks(stored)
    page.blocks = stored
    page.save(update_fields=["blocks", "updated_at"])
