"""A page's content in the backstage: its blocks, each with a form of its own, and what can be done with them.

Each act is a form that works without scripts; with them htmx puts the new list in the place of the old one.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic.detail import SingleObjectMixin

from bandstand.content.whole_numbers import whole_number
from bandstand.organizations.models import Organization
from bandstand.pages import editing
from bandstand.pages.blocks import MOST_BLOCKS, Block
from bandstand.pages.kinds import KINDS, BlockKind
from bandstand.pages.linking import is_in_menu
from bandstand.pages.models import Page
from bandstand.portals.presenting import further_languages
from bandstand_web.forms.meanwhile import Meanwhile
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.pages.backstage.block_forms import BlockForm
from bandstand_web.pages.backstage.settings import AROUND_PAGES, Pages
from bandstand_web.shell.chosen_rows import say_with_undo
from bandstand_web.shell.own_rows import choices_limit
from bandstand_web.shell.row_pages import RowPage

_DELETED = "deleted"


class OfPage(Pages, SingleObjectMixin[Any]):
    """What the views of a page's content share."""

    action = "change"

    @cached_property
    def page(self) -> Page:
        """The page, locked where something is done to it."""
        rows = self.get_queryset()
        is_read = self.request.method in {"GET", "HEAD"}
        found: Page = self.get_object(rows if is_read else rows.select_for_update(of=("self",), no_key=True))
        return found

    def shown(self, **more: Any) -> dict[str, Any]:
        """Return what templates show of the page."""
        row_page = RowPage.of(self.page, self.request.organization)  # type: ignore[attr-defined] # a portal's
        return {"page": self.page, "row_page": row_page, **more}

    def to_content(self, anchor: str = "blocks") -> HttpResponse:
        """Lead to the page's content, and there to a block."""
        return redirect(f"{reverse('backstage:page_content', args=[self.page.pk])}#{anchor}")


class PageContent(OfPage):
    """The blocks of a page."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return render(
            request,
            "pages/backstage/content.html",
            self.shown(may_add_to_menu=self.may_add_to_menu(), **content(self.page, request.GET.get("after", ""))),
        )

    def may_add_to_menu(self) -> bool:
        """Whether to offer it: to those who may, for pages that visitors find, but the home page."""
        is_offered = self.page.visibility == Page.Visibility.PUBLIC and not self.page.is_home
        return is_offered and self.user.has_perm(AROUND_PAGES) and not is_in_menu(self.page)


class BlockPage(OfPage):
    """The form of one block."""

    http_method_names = ["get", "head", "post"]

    def kind(self) -> BlockKind:
        """Return the block's kind. Raises Http404."""
        raise NotImplementedError

    def block(self) -> Block | None:
        """Return the block as it is stored; None for a new one."""
        return None

    def form(self, data: Any = None) -> BlockForm:
        """Return the form, with what was sent."""
        organization: Organization = self.request.organization  # type: ignore[attr-defined] # a portal's
        form = BlockForm(
            self.kind(),
            self.block(),
            data,
            self.request.FILES if data is not None else None,
            further_languages=further_languages(organization),
        )
        form.user = self.user
        choices_limit(form, self.user, self.action, self.model)
        return form

    def get(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return self.answer(self.form())

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.page  # noqa: B018 # locked before anything is compared
        form = self.form(self.sent())
        if not (form.is_valid() and self.is_agreed()):
            return self.answer(form)
        try:
            with transaction.atomic():
                block = editing.block_put(page=self.page, block=form.made(), after=request.GET.get("after", ""))
        except ValidationError as problem:
            form.discard()
            form.add_error(None, problem)
            return self.answer(form)
        self.say_stored()
        if form.has_new_pictures:  # each is described where it is seen
            return redirect(f"{reverse('backstage:block_edit', args=[self.page.pk, block.id])}#pictures")
        return self.to_content(f"block-{block.id}")

    def sent(self) -> Any:
        """Return what was sent, with what is taken over from others."""
        return self.request.POST

    def is_agreed(self) -> bool:
        """Whether nobody's work is overwritten without being asked."""
        return True

    def say_stored(self) -> None:
        """Add messages after storing."""
        messages.success(self.request, _("“%(block)s” has been saved.") % {"block": self.kind().title})

    def answer(self, form: BlockForm, **more: Any) -> HttpResponse:
        """Return the page with the form."""
        context = self.shown(form=form, kind=self.kind(), **more)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return render(self.request, "pages/backstage/block.html", context, status=status)


class BlockAdd(BlockPage):
    """Adds a block, `?after=` another one or at the end."""

    submitted = staticmethod(makes_once)

    def kind(self) -> BlockKind:
        found = KINDS.get(self.kwargs["kind"])
        if found is None:
            raise Http404
        return found


class BlockChange(BlockPage):
    """Changes a block. One that somebody else deleted meanwhile comes back with what was written."""

    submitted = staticmethod(changes_once)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.is_gone = False

    @cached_property
    def meanwhile(self) -> Meanwhile:
        """What others did to the page, as far as it is about this block."""
        return Meanwhile(self.request, Page, self.kwargs["pk"])

    def block(self) -> Block | None:
        number = self.kwargs["number"]
        return next((each for each in self.page.block_list if each.id == number), None)

    def kind(self) -> BlockKind:
        block = self.block()
        if block is not None and block.kind is not None:
            return block.kind
        sent = KINDS.get(self.request.POST.get("kind", "")) if block is None else None
        if sent is None:
            raise Http404
        self.is_gone = True
        return sent

    def get(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.meanwhile  # noqa: B018 # its mark is older than what is read
        form = self.form()
        self.meanwhile.show([form])
        return self.answer(form)

    def sent(self) -> Any:
        self.kind()
        if not self.is_gone:
            self.meanwhile.merge(lambda: ([self.form()], []))
        return self.meanwhile.data

    def is_agreed(self) -> bool:
        return self.is_gone or self.meanwhile.is_agreed

    def say_stored(self) -> None:
        if self.is_gone:
            text = _("Someone deleted this block meanwhile. With what you wrote, it stands at the end of the page now.")
            messages.info(self.request, text)
            return
        super().say_stored()
        if names := self.meanwhile.taken:
            text = _("%(who)s changed this too: %(names)s. Both have been kept.")
            messages.info(self.request, text % {"who": self.meanwhile.who, "names": ", ".join(names)})

    def answer(self, form: BlockForm, **more: Any) -> HttpResponse:
        return super().answer(form, meanwhile=self.meanwhile, **more)


class BlockActs(OfPage):
    """What buttons do with blocks: `do` names the act and, after a colon, the block."""

    http_method_names = ["post"]
    submitted = staticmethod(changes_once)

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        act, _colon, number = request.POST.get("do", "").partition(":")
        try:
            with transaction.atomic():
                self.act(act, number)
        except LookupError:
            messages.error(request, _("This block is gone. Someone else deleted it."))
        except ValidationError as problem:
            for text in problem.messages:
                messages.error(request, text)
        if not getattr(request, "htmx", False):
            is_there = editing.place_of(self.page.block_list, number) is not None
            return self.to_content(f"block-{number}" if is_there else "blocks")
        place = editing.place_of(self.page.block_list, number)
        moved = place + 1 if place is not None and act in {"up", "down"} else None
        return render(request, "pages/backstage/blocks.html", self.shown(**content(self.page), moved=moved))

    def act(self, act: str, number: str) -> None:
        """Do it, if it is one of these. Raises LookupError for a block that is gone, ValidationError without room."""
        page = self.page
        if act in {"up", "down"}:
            editing.block_move(page=page, number=number, step=-1 if act == "up" else 1)
        elif act == "place":
            moved, _comma, after = number.partition(",")
            editing.block_move_after(page=page, number=moved, after=after)
        elif act == "duplicate":
            editing.block_duplicate(page=page, number=number)
        elif act in {"hide", "show"}:
            editing.block_hide(page=page, number=number, is_hidden=act == "hide")
        elif act == "delete":
            change = editing.block_delete(page=page, number=number)
            url = reverse("backstage:block_acts", args=[page.pk])
            say_with_undo(
                self.request, _("The block has been deleted."), url=url, rows=[change], name="do", do=_DELETED
            )
        elif act == _DELETED:
            self._bring_back(whole_number(number))

    def _bring_back(self, change: int | None) -> None:
        count = editing.blocks_bring_back(page=self.page, change=change) if change is not None else 0
        if count:
            text = ngettext("The block is back.", "%(count)d blocks are back.", count) % {"count": count}
            messages.success(self.request, text)
        else:
            messages.error(self.request, _("There is nothing to bring back."))


def content(page: Page, after: str = "") -> dict[str, Any]:
    """Return the list of blocks, and what can be added, behind the block `after` or at the end."""
    blocks = page.block_list
    behind = after if editing.place_of(blocks, after) is not None else ""
    is_full = len(blocks) >= MOST_BLOCKS
    return {"blocks": blocks, "kinds": KINDS.values(), "is_full": is_full, "most": MOST_BLOCKS, "after": behind}
