"""The portal's menu, footer, social links and bar, each on a page of its own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from bandstand.content.whole_numbers import whole_number
from bandstand.portals.around_pages import FOOTER_TEXT_MAX_LENGTH, Footer, read_footer, written_footer, written_menu
from bandstand.portals.menus import default_entries, menu_kinds, places
from bandstand.portals.models import THE_ROW, PortalSettings
from bandstand.portals.social_networks import read_links, written_links
from bandstand_web.forms.meanwhile import Meanwhile
from bandstand_web.forms.meanwhile_column import MeanwhileColumn
from bandstand_web.forms.row_sets import MORE_ROWS
from bandstand_web.forms.submitting import changes_once
from bandstand_web.shell.views import TeamView
from bandstand_web.site_frame.bar_form import BarForm
from bandstand_web.site_frame.entry_sets import (
    ADD,
    IS_ADDRESS,
    IS_HEADING,
    MOVE,
    AddEntryForm,
    EntrySet,
    FlatEntrySet,
    as_rows,
    entry_set,
    moved,
    numbered,
    sent_rows,
)
from bandstand_web.site_frame.social_set import social_rows, social_set

RESET = "reset"


class FramePage(TeamView):
    """A page of the editor: one column of the portal's settings."""

    permission = "portals.change_portalsettings"
    submitted = changes_once
    template_name: ClassVar[str]
    url_name: ClassVar[str]
    heading: ClassVar[Promise]
    saved: ClassVar[Promise]

    def settings(self) -> PortalSettings:
        """Return the portal's settings, locked if they are to be stored."""
        settings = PortalSettings.objects
        return settings.locked() if self.request.method == "POST" else settings.current()

    def page(self, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        """Return the page."""
        pages = [(each.url_name, each.heading) for each in PAGES]
        shared = {"heading": self.heading, "pages": pages, "current": self.url_name}
        return render(self.request, self.template_name, {**shared, **context}, status=status)

    def done(self) -> HttpResponse:
        messages.success(self.request, str(self.saved))
        return redirect(f"backstage:{self.url_name}")


class ColumnPage(FramePage):
    """A page whose forms take a column apart, and put it together again."""

    column: ClassVar[str]

    def get(self, request: HttpRequest) -> HttpResponse:
        row = self.settings()
        return self.page(meanwhile=MeanwhileColumn(request, row, self.column), **self.shown(getattr(row, self.column)))

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.settings()
        meanwhile = MeanwhileColumn(request, row, self.column)
        if changed := self.changed():
            return self.page(meanwhile=meanwhile, **changed)
        parts = self.sent()
        valid = [part.is_valid() for part in parts.values() if part.is_bound]  # each of them shows its errors
        if all(valid):
            stored = meanwhile.settled(self.value(parts))
            if meanwhile.is_agreed:
                setattr(row, self.column, stored)
                row.save(update_fields=[self.column])
                return self.done()
        return self.page(meanwhile=meanwhile, status=HTTPStatus.UNPROCESSABLE_ENTITY, **parts)

    def shown(self, stored: Any) -> dict[str, Any]:
        """Return the forms that show what is stored."""
        raise NotImplementedError

    def sent(self) -> dict[str, Any]:
        """Return the forms, bound to what was sent."""
        raise NotImplementedError

    def changed(self) -> dict[str, Any]:
        """Return forms with what was sent if a button changes only what they hold; else nothing."""
        raise NotImplementedError

    def value(self, parts: dict[str, Any]) -> Any:
        """Return what is to be stored of valid forms."""
        raise NotImplementedError


class EntriesPage(ColumnPage):
    """A page with entries, in one or several sets."""

    sets: ClassVar[dict[str, type[EntrySet]]]

    def changed(self) -> dict[str, Any]:
        post = self.request.POST
        rows = {name: sent_rows(post, name) for name in self.sets}
        if wanted := post.get(MOVE):
            name, number, step = (*wanted.split(":"), "", "")[:3]
            place = whole_number(number)
            if name in rows and place is not None:
                rows[name] = moved(rows[name], place, -1 if step == "-1" else 1)
            return self.shown_forms({key: numbered(each) for key, each in rows.items()}, self.text_form(post))
        if wanted := post.get(ADD):
            name, _colon, what = wanted.partition(":")
            adding = AddEntryForm(menu_kinds(), post, prefix=f"{name}-add")
            if name in rows and (target := adding.target(what)):
                rows[name].append({"target": target, "is_new": True})
                adding = AddEntryForm(menu_kinds(), prefix=f"{name}-add")
            made = self.shown_forms({key: numbered(each) for key, each in rows.items()}, self.text_form(post))
            return {**made, f"{name}_add": adding} if name in rows else made
        return {}

    def shown_forms(self, rows: dict[str, list[dict[str, Any]]], text: forms.Form | None) -> dict[str, Any]:
        """Return forms that show these rows."""
        sets = {name: entry_set(kind, name, rows=rows[name]) for name, kind in self.sets.items()}
        return {**sets, **self.adding(), **({"text_form": text} if text else {})}

    def sent(self) -> dict[str, Any]:
        post = self.request.POST
        sets = {name: entry_set(kind, name, data=post) for name, kind in self.sets.items()}
        text = self.text_form(post)
        return {**sets, **self.adding(), **({"text_form": text} if text else {})}

    def adding(self) -> dict[str, Any]:
        """Return what may be added to each set."""
        return {f"{name}_add": AddEntryForm(menu_kinds(), prefix=f"{name}-add") for name in self.sets}

    def text_form(self, data: Any) -> forms.Form | None:
        """Return the form of the text that stands beside the entries, if there is one."""
        return None

    def page(self, **context: Any) -> HttpResponse:
        buttons: dict[str, Any] = {
            "places": places().values(),
            "heading_button": IS_HEADING,
            "address_button": IS_ADDRESS,
        }
        return super().page(**buttons, **context)


class MenuPage(EntriesPage):
    """The menu."""

    column = "menu"
    template_name = "site_frame/backstage/menu.html"
    url_name = "menu"
    heading = gettext_lazy("Menu")
    saved = gettext_lazy("The menu has been saved.")
    sets = {"menu": EntrySet}

    def shown(self, stored: Any) -> dict[str, Any]:
        entries = PortalSettings(menu=stored).menu_entries
        return self.shown_forms({"menu": as_rows(entries)}, None)

    def changed(self) -> dict[str, Any]:
        if RESET in self.request.POST:
            return self.shown_forms({"menu": as_rows(default_entries())}, None)
        return super().changed()

    def value(self, parts: dict[str, Any]) -> Any:
        """Return the menu; what is as usual stays so when kinds of content are added."""
        entries = parts["menu"].entries
        return written_menu(None if entries == default_entries() else entries)


class FooterTextForm(forms.Form):
    """The text of the footer."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=FOOTER_TEXT_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For instance who you are, or your address."),
    )


class FooterPage(EntriesPage):
    """The footer: a text, columns of links, and links in the last line."""

    column = "footer"
    template_name = "site_frame/backstage/footer.html"
    url_name = "footer"
    heading = gettext_lazy("Footer")
    saved = gettext_lazy("The footer has been saved.")
    sets = {"columns": EntrySet, "legal": FlatEntrySet}

    def shown(self, stored: Any) -> dict[str, Any]:
        footer = read_footer(stored)
        rows = {"columns": as_rows(footer.columns), "legal": as_rows(footer.legal)}
        return self.shown_forms(rows, FooterTextForm(initial={"text": footer.text}))

    def text_form(self, data: Any) -> forms.Form:
        return FooterTextForm(data)

    def value(self, parts: dict[str, Any]) -> Any:
        text = parts["text_form"].cleaned_data["text"]
        return written_footer(Footer(text, parts["columns"].entries, parts["legal"].entries))


class SocialLinksPage(ColumnPage):
    """Where the organization is found elsewhere."""

    column = "social_links"
    template_name = "site_frame/backstage/social_links.html"
    url_name = "social_links"
    heading = gettext_lazy("Social links")
    saved = gettext_lazy("The social links have been saved.")

    def shown(self, stored: Any) -> dict[str, Any]:
        links = read_links(stored)
        return {"links": social_set(rows=social_rows(links)), "preview": links}

    def sent(self) -> dict[str, Any]:
        return {"links": social_set(data=self.request.POST)}

    def changed(self) -> dict[str, Any]:
        if MORE_ROWS not in self.request.POST:
            return {}
        return {"links": social_set(rows=social_rows(social_set(data=self.request.POST).typed()), more=True)}

    def value(self, parts: dict[str, Any]) -> Any:
        return written_links(parts["links"].links)


class BarPage(FramePage):
    """The bar above each page, from one moment to another."""

    template_name = "site_frame/backstage/bar.html"
    url_name = "site_bar"
    heading = gettext_lazy("Announcement")
    saved = gettext_lazy("The announcement has been saved.")

    def get(self, request: HttpRequest) -> HttpResponse:
        meanwhile = Meanwhile(request, PortalSettings, THE_ROW)
        row = self.settings()
        form = BarForm(instance=row)
        meanwhile.show([form])
        return self.page(form=form, meanwhile=meanwhile, row=row)

    def post(self, request: HttpRequest) -> HttpResponse:
        meanwhile = Meanwhile(request, PortalSettings, THE_ROW)
        row = self.settings()
        meanwhile.merge(lambda: ([BarForm(instance=row)], ()))
        form = BarForm(meanwhile.data, instance=row)
        if form.is_valid() and meanwhile.is_agreed:
            form.save()
            return self.done()
        return self.page(form=form, meanwhile=meanwhile, row=row, status=HTTPStatus.UNPROCESSABLE_ENTITY)


PAGES: tuple[type[FramePage], ...] = (MenuPage, FooterPage, SocialLinksPage, BarPage)
