"""Class-based views of the backstage: a subject says what is particular about it, the rest is the same for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.db import transaction
from django.forms import BaseInlineFormSet, BaseModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.generic import View
from django.views.generic.detail import SingleObjectMixin, SingleObjectTemplateResponseMixin
from django.views.generic.edit import ModelFormMixin
from django.views.generic.list import ListView

from bandstand.accounts.models import User
from bandstand.content.of_bands import may_with_some, permission_to, rows_for
from bandstand.content.publishable import Publishable
from bandstand.content.searched import Searched
from bandstand.content.searching import having_words
from bandstand.content.trashed import Trashed
from bandstand.organizations.current import current_organization
from bandstand.organizations.quotas import LimitReachedError
from bandstand.portals.presenting import further_languages
from bandstand_web.forms.meanwhile import Meanwhile
from bandstand_web.forms.row_sets import MORE_ROWS, with_more_rows
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.forms.versions import rows_with_versions, with_versions
from bandstand_web.query_values import choice, page_of
from bandstand_web.shell.access import may, may_with, needs
from bandstand_web.shell.bulk import BulkActions
from bandstand_web.shell.last_changes import last_changes_add
from bandstand_web.shell.own_rows import choices_limit, rights_add
from bandstand_web.shell.publishing import PublicationForm, saved_sentence
from bandstand_web.shell.row_pages import RowPage
from bandstand_web.shell.trashing import say_moved
from bandstand_web.shell.way_back import page_before


class TeamView(View):
    """A page for those whose role has `permission` ("app.codename", or ANY_ROLE)."""

    permission: ClassVar[str] = ""
    in_bands: ClassVar[bool] = False  # whether a role in a band opens it too: then rows come from `allowed()`
    submitted: ClassVar[Any] = None  # makes_once or changes_once, for views that store a form

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        """Return the view behind its permission. Raises ImproperlyConfigured if the class names none."""
        if not (permission := cls.needed()):
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__qualname__} names no permission")
        view: Callable[..., HttpResponseBase] = super().as_view(**initkwargs)
        return needs(permission, in_bands=cls.in_bands)(cls.submitted(view) if cls.submitted else view)

    @classmethod
    def needed(cls) -> str:
        """Return the permission."""
        return cls.permission

    @property
    def user(self) -> User:
        """Whoever is logged in, of the team: as_view() asks."""
        return self.request.user  # type: ignore[return-value]


class KindView(TeamView):
    """A view of one kind of content, of which it knows what `allowed()` lets the user do `action` with.

    `url_name` is what the names of its URLs begin with (`band` for `band_add`, `band_edit`, …), and `list_url_name` the
    name of its list's.
    """

    model: Any
    action: ClassVar[str] = ""  # view, add, change or delete
    url_name: ClassVar[str]
    list_url_name: ClassVar[str]

    @classmethod
    def needed(cls) -> str:
        return cls.permission or permission_to(cls.action, cls.model)

    def rows(self) -> Any:
        """Return the rows that may be shown, changed or deleted, with what pages show of them."""
        return self.model.objects.all()

    def get_queryset(self) -> Any:
        return self.allowed(self.rows())

    def allowed(self, rows: Any, action: str = "") -> Any:
        """Return those of `rows` with which the user may do `action`, or what the view does."""
        return rows_for(self.request.user, action or self.action, rows)

    def name_of(self, row: Any) -> str:
        """Return what the row is called in headings and messages."""
        return str(row)

    def to_list(self) -> HttpResponse:
        """Lead back to the list."""
        return redirect(f"backstage:{self.list_url_name}")


class KindList(BulkActions, KindView, ListView[Any]):
    """The list of a kind: `?show=` filters it, `?q=` searches it, `?sort=` orders it.

    Its template extends shell/list.html.
    """

    action = "view"
    in_bands = True
    http_method_names = ["get", "head", "post"]
    paginate_by = 30
    heading: ClassVar[str | Promise]
    shown: ClassVar[Mapping[str, str | Promise]] = {}
    orders: ClassVar[Mapping[str, tuple[str | Promise, Sequence[Any]]]] = {}  # value: name and fields; first is default

    def get_queryset(self) -> Any:
        """Return the rows that the query asks for. Raises Http404 for a filter or order that doesn't exist."""
        self.show = choice(self.request, "show", self.shown)
        self.query = self.request.GET.get("q", "").strip()
        rows = self.allowed(self.filtered(self.show))
        if self.query:
            rows = self.found(rows, self.query)
        if self.orders:
            self.sort = choice(self.request, "sort", self.orders, default=next(iter(self.orders)))
            rows = rows.order_by(*self.orders[self.sort][1])
        return rows

    def filtered(self, show: str) -> Any:
        """Return the rows of the filter `show`, or all if it is empty."""
        return self.rows()

    def found(self, rows: Any, query: str) -> Any:
        """Return the rows that `query` finds."""
        return having_words(rows, query) if issubclass(self.model, Searched) else rows

    def paginate_queryset(self, queryset: Any, page_size: int) -> Any:
        """Return what Django's own method does; a page that doesn't exist is an impossible value."""
        page = page_of(self.request, queryset, page_size)
        page.object_list = list(page.object_list)
        last_changes_add(page.object_list)
        rights_add(page.object_list, self.request.user)
        for row in page.object_list:
            row.told_name = self.name_of(row)
        return page.paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "heading": self.heading,
            "page": context["page_obj"],
            "bulk_acts": self.bulk_acts().items(),
            "may_add": may_with_some(self.request.user, "add", self.model),
            "show": self.show,
            "query": self.query,
            "is_searched": issubclass(self.model, Searched),
            "sort": getattr(self, "sort", ""),
            "shown": self.shown.items(),
            "history_url_name": f"backstage:{self.url_name}_history",
            "orders": [(value, name) for value, (name, _fields) in self.orders.items()],
        }


class KindForm(KindView, SingleObjectTemplateResponseMixin, ModelFormMixin[Any, Any]):
    """A form for one row with the formsets of its parts, stored in one transaction; shown again with 422 if invalid.

    What can be published has a PublicationForm too, whose buttons are in components/save_buttons.html. In the template
    a new row is None.
    """

    http_method_names = ["get", "head", "post"]
    formset_classes: ClassVar[Mapping[str, type[BaseInlineFormSet[Any, Any, Any]]]] = {}  # by prefix and name
    object: Any

    def row(self) -> Any:
        """Return the row to edit, or a new one."""
        raise NotImplementedError

    def said(self, row: Any) -> str:
        """Return the message after storing."""
        if isinstance(row, Publishable):
            return saved_sentence(row, self.name_of(row), is_published_now="publish" in self.request.POST)
        return _("%(name)s has been saved.") % {"name": self.name_of(row)}

    def stored(self, row: Any) -> HttpResponse:
        """Return the response after storing."""
        return self.to_list()

    def get(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.object = self.row()
        return self.page(self.get_form(), self.formsets(), self.publication())

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.object = row = self.row()
        form, formsets, publication = self.get_form(), self.formsets(), self.publication()
        parts = [form, *formsets.values(), *([publication] if publication else [])]
        valid = [part.is_valid() for part in parts]  # each of them shows its errors
        if MORE_ROWS in request.POST or not all([self.is_agreed(), *valid]):
            return self.page(form, formsets, publication)
        try:
            if publication:
                publication.apply()
        except ValidationError as problem:
            form.add_error(None, problem)
            return self.page(form, formsets, publication)
        try:
            with transaction.atomic():
                form.save()
                for formset in formsets.values():
                    formset.save()
                self.keep_within_rights()
        except LimitReachedError as problem:  # another user took the last place after the form was validated
            form.add_error(None, problem)
            return self.page(form, formsets, publication)
        messages.success(request, self.said(row))
        self.say_more()
        return self.stored(row)

    @property
    def sent(self) -> QueryDict:
        """What was sent, with what is taken over from others."""
        return self.request.POST

    def is_agreed(self) -> bool:
        """Whether nobody's work is overwritten without being asked."""
        return True

    def say_more(self) -> None:
        """Add messages after storing."""

    def keep_within_rights(self) -> None:
        """Raise PermissionDenied if the row, as it is stored now, isn't the user's to change any more."""
        stored = self.allowed(self.model._base_manager.filter(pk=self.object.pk), "change")  # noqa: SLF001
        if not may(self.user, "change", self.model) and not stored.exists():
            raise PermissionDenied

    def get_form_class(self) -> type[BaseModelForm[Any]]:
        return with_versions(super().get_form_class(), further_languages(current_organization()))

    def get_form(self, form_class: type[BaseModelForm[Any]] | None = None) -> Any:
        return self.fitted(super().get_form(form_class))

    def fitted(self, form: Any) -> Any:
        """Return the form, of the row or of a part of it, with those choices alone that the user may see."""
        form.user = self.user
        choices_limit(form, self.user, self.action, self.model)
        return form

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        return {**kwargs, "data": self.sent} if "data" in kwargs else kwargs

    def formsets(self) -> dict[str, BaseInlineFormSet[Any, Any, Any]]:
        """Return the formsets of the row's parts by name."""
        data = with_more_rows(self.sent) if self.request.method == "POST" else None
        return self.fitted_formsets(data, self.object)

    def fitted_formsets(self, data: Any, row: Any) -> dict[str, BaseInlineFormSet[Any, Any, Any]]:
        """Return the formsets, whose forms offer what the user may see."""
        languages = further_languages(current_organization())
        made: dict[str, Any] = {
            name: rows_with_versions(kind, languages)(data, instance=row, prefix=name)
            for name, kind in self.formset_classes.items()
        }
        for formset in made.values():
            formset.user = self.user
            for form in formset.forms:
                self.fitted(form)
        return made

    def publication(self) -> PublicationForm | None:
        """Return the form for when the row appears; None for kinds that aren't published."""
        data = self.sent if self.request.method == "POST" else None
        return PublicationForm(self.object, data) if isinstance(self.object, Publishable) else None

    def page(
        self, form: BaseModelForm[Any], formsets: Mapping[str, Any], publication: PublicationForm | None
    ) -> HttpResponse:
        context = self.get_context_data(form=form, publication=publication, **formsets)
        return self.render_to_response(
            context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the row under its model's name; None if it is new, also after a failed attempt to store it."""
        context = super().get_context_data(**kwargs)
        name = self.get_context_object_name(self.object)
        row = None if self.action == "add" else self.object
        page = RowPage.of(row, self.request.organization) if row else None  # type: ignore[attr-defined] # a portal's
        return {**context, str(name): row, "row_page": page, "trash_url": self.trash_url(row)}

    def trash_url(self, row: Any) -> str:
        """Return where the row is moved to the trash; "" for a new one, without a trash, or if the user may not."""
        if isinstance(row, Trashed) and may_with(self.user, "delete", row):
            return reverse(f"backstage:{self.url_name}_delete", args=[row.pk])
        return ""


class KindAdd(KindForm):
    """The page for a new row."""

    action = "add"
    in_bands = True
    submitted = staticmethod(makes_once)

    def row(self) -> Any:
        return self.model()


class KindChange(KindForm):
    """The page of a row that exists."""

    action = "change"
    in_bands = True
    submitted = staticmethod(changes_once)

    def row(self) -> Any:
        """Return the row, locked if it is to be stored, so that nobody changes it between comparing and storing."""
        self.meanwhile = Meanwhile(self.request, self.model, self.kwargs["pk"])
        if self.request.method != "POST":
            return self.get_object()
        row = self.get_object(self.get_queryset().select_for_update(of=("self",), no_key=True))
        self.meanwhile.merge(lambda: self._unsent(row))
        return row

    @property
    def sent(self) -> QueryDict:
        return self.meanwhile.data

    def is_agreed(self) -> bool:
        return self.meanwhile.is_agreed

    def say_more(self) -> None:
        if names := self.meanwhile.taken:
            text = _("%(who)s changed this too: %(names)s. Both have been kept.")
            messages.info(self.request, text % {"who": self.meanwhile.who, "names": ", ".join(names)})

    def page(
        self, form: BaseModelForm[Any], formsets: Mapping[str, Any], publication: PublicationForm | None
    ) -> HttpResponse:
        if not form.is_bound:
            self.meanwhile.show([form, *([publication] if publication else [])], list(formsets.values()))
        return super().page(form, formsets, publication)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(meanwhile=self.meanwhile, **kwargs)

    def _unsent(self, row: Any) -> tuple[list[Any], list[Any]]:
        form = self.fitted(self.get_form_class()(instance=row, initial=self.get_initial(), prefix=self.get_prefix()))
        forms = [form, PublicationForm(row)] if isinstance(row, Publishable) else [form]
        return forms, list(self.fitted_formsets(None, row).values())


class KindPublish(KindView, SingleObjectMixin[Any]):
    """Publishes a row, or makes it a draft again, scheduled or not, if `published` is empty."""

    action = "change"
    in_bands = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        row = self.get_object()
        for_visitors = bool(request.POST.get("published"))
        try:
            row.publish() if for_visitors else row.unpublish()
        except ValidationError as problem:
            messages.error(request, f"{self.name_of(row)}: {' '.join(problem.messages)}")
            return self.to_where_it_stood()
        row.save_publication()
        published, draft = _("%(name)s has been published."), _("%(name)s is a draft again. Visitors can't see it.")
        text = published if for_visitors else draft
        messages.success(request, text % {"name": self.name_of(row)})
        return self.to_where_it_stood()

    def to_where_it_stood(self) -> HttpResponse:
        """Lead back to the page with the button: the list, as it was filtered, or a page about the row."""
        return redirect(page_before(self.request) or f"backstage:{self.list_url_name}")


class KindDelete(KindView, SingleObjectMixin[Any]):
    """Moves a row to the trash, without asking: the message after it has a button that brings the row back."""

    action = "delete"
    in_bands = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        row = self.get_object()
        name = self.name_of(row)
        row.move_to_trash()
        say_moved(request, [row], name=name)
        return self.to_list()
