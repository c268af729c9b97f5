"""Pages in the backstage: the list, and all about a page but its blocks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.detail import SingleObjectMixin

from bandstand.pages.home import home_choose
from bandstand.pages.linking import last_line_append, menu_append
from bandstand.pages.models import Page
from bandstand.pages.passwords import password_set
from bandstand.pages.spreadsheet import PageResource
from bandstand.pages.starting import IN_LAST_LINE, STARTING_PAGES, page_start
from bandstand_web.forms.submitting import makes_once
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.known import KindKnown
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList, KindPublish, KindView

AROUND_PAGES = "portals.change_portalsettings"  # who may change menu and footer


class PageForm(forms.ModelForm[Page]):
    """All about a page but its content."""

    new_password = forms.CharField(
        label=gettext_lazy("Password"),
        min_length=6,
        max_length=128,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("For “Anyone with the password”. A new one locks out everyone who has the old one."),
    )
    is_home = forms.BooleanField(
        label=gettext_lazy("Home page"),
        required=False,
        help_text=gettext_lazy("Visitors see it instead of the home page that Bandstand makes, once it is published."),
    )

    class Meta:
        model = Page
        fields = ["title", "summary", "parent", "visibility", "language", "slug"]
        widgets = {"summary": forms.Textarea(attrs={"rows": 2}), "visibility": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["parent"].queryset = Page.objects.exclude(pk=self.instance.pk).in_order()
        fields["parent"].empty_label = _("None")
        fields["language"].choices = [("", _("The portal's language")), *fields["language"].choices[1:]]
        fields["is_home"].initial = self.instance.is_home
        if self.instance.password:
            fields["new_password"].help_text = _(
                "Leave blank to keep the password. A new one locks out everyone who has the old one."
            )

    field_order = ["title", "summary", "parent", "visibility", "new_password", "is_home", "language", "slug"]

    def clean(self) -> dict[str, Any]:
        """Ask for a password where one is needed, and keep the home page for everyone."""
        given = super().clean() or self.cleaned_data
        visibility = given.get("visibility")
        needs_password = visibility == Page.Visibility.PASSWORD and not self.instance.password
        if needs_password and not given.get("new_password") and "new_password" not in self.errors:
            self.add_error("new_password", _("Choose a password for this page."))
        if given.get("is_home") and visibility != Page.Visibility.PUBLIC:
            self.add_error("is_home", _("The home page is for everyone."))
        return given

    def save(self, commit: bool = True) -> Page:
        if password := self.cleaned_data["new_password"]:
            password_set(self.instance, password)
        is_home = self.cleaned_data["is_home"]
        self.instance.is_home = self.instance.is_home and is_home
        page: Page = super().save(commit=commit)
        if is_home and not page.is_home:
            home_choose(page)
        return page


class Pages(KindView):
    """What all views of pages share."""

    model: Any = Page
    url_name = "page"
    list_url_name = "pages"


class PagesKnown(Pages, KindKnown):
    """The pages that may be meant by what is typed, by their titles."""

    def rows(self) -> Any:
        return super().rows().annotate(name=F("title"))


class PageList(Pages, KindList):
    """The pages."""

    heading = gettext_lazy("Pages")
    resource_class = PageResource
    template_name = "pages/backstage/list.html"
    shown = {"drafts": gettext_lazy("Drafts")}
    orders = {
        "title": (gettext_lazy("Title"), ("title", "pk")),
        "changed": (gettext_lazy("Last changed"), ("-updated_at", "pk")),
    }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(starting_pages=STARTING_PAGES.items(), **kwargs)

    def filtered(self, show: str) -> QuerySet[Page]:
        """Return the pages with those above them, without their contents."""
        rows = Page.objects.drafts() if show else Page.objects.all()
        return rows.select_related("parent").without_contents()


class PageSettings(Pages, KindForm):
    """A page's title, place and address."""

    form_class = PageForm
    template_name = "pages/backstage/edit.html"

    def stored(self, row: Any) -> HttpResponse:
        return redirect("backstage:page_content", pk=row.pk)


class PageAdd(PageSettings, KindAdd):
    """Creates a page."""


class PageStart(Pages):
    """Makes a draft of one of the pages to begin with, in the portal's language."""

    action = "add"
    http_method_names = ["post"]
    submitted = staticmethod(makes_once)

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        kind = request.POST.get("kind", "")
        if kind not in STARTING_PAGES:
            return self.to_list()
        page = page_start(kind=kind, language=request.organization.language)  # type: ignore[attr-defined] # a portal's
        text = _("“%(title)s” is a draft. Fill in what stands in square brackets, then publish it.")
        messages.success(request, text % {"title": page.title})
        if kind in IN_LAST_LINE and self.user.has_perm(AROUND_PAGES):
            last_line_append(page)
            messages.info(request, _("Once it is published, every page links to it at the bottom."))
        return redirect("backstage:block_edit", pk=page.pk, number=page.block_list[0].id)


class PageChange(PageSettings, KindChange):
    """Changes all of a page but its content."""


class PagePublish(Pages, KindPublish):
    """Publishes a page."""


class PageToMenu(Pages, SingleObjectMixin[Any]):
    """Adds a page at the end of the menu."""

    permission = AROUND_PAGES
    action = "view"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        page = self.get_object()
        try:
            menu_append(page)
        except ValidationError as problem:
            messages.error(request, problem.messages[0])
        else:
            in_menu = _("“%(title)s” is now at the end of the menu.")
            later = _("“%(title)s” will be at the end of the menu once it is published.")
            messages.success(request, (in_menu if page.is_visible else later) % {"title": page.title})
        return redirect("backstage:page_content", pk=page.pk)


class PageDelete(Pages, KindDelete):
    """Moves a page to the trash."""


class PageHistory(Pages, KindHistory):
    """What was changed of a page."""


class PagePutBack(Pages, KindPutBack):
    """Puts back a change of a page."""
