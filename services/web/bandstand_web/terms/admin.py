"""Versions of the platform's terms and privacy notice: written as drafts, published once. And who accepted them."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.rendering import render_markdown
from bandstand.organizations.all_owners import all_owners
from bandstand.terms.accepting import terms_publish
from bandstand.terms.models import Acceptance, Terms
from bandstand_web.shell.admin.drafts import DraftsAdmin
from bandstand_web.shell.admin.looking import LookingAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site


@admin.register(Terms, site=platform_site)
class TermsAdmin(DraftsAdmin):
    """Drafts can be changed and deleted, published versions neither."""

    list_display = ["document", "version", "published_at", "accept_by", "accepted"]
    list_filter = ["document"]
    search_fields = ["version"]
    fields = [
        *("document", "version", "link_en", "text_en", "link_de", "text_de", "changes_en", "changes_de", "accept_by")
    ]
    actions = ["publish"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Terms]:
        found: QuerySet[Terms] = super().get_queryset(request).annotate(acceptances_count=Count("acceptances"))
        return found.order_by("-pk")  # a count drops the model's own order

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whether the user may publish versions."""
        return request.user.has_perm("terms.publish_terms")

    @admin.display(description=gettext_lazy("accepted by"))
    def accepted(self, terms: Terms) -> int:
        """Return how many accounts accepted it."""
        return int(terms.acceptances_count)  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, found: QuerySet[Terms]) -> HttpResponse | None:
        """Publish one version after showing what owners will read."""
        terms = found[0]
        if len(found) > 1:
            messages.error(request, _("Publish one version at a time."))
        elif terms.published_at:
            messages.error(request, _("This version is published already."))
        elif "confirmed" not in request.POST:
            return self._ask(request, terms)
        elif terms_publish(terms=terms):
            self.log_change(request, terms, _("Published."))
            messages.success(request, _("The version is published."))
        return None

    def _ask(self, request: HttpRequest, terms: Terms) -> HttpResponse:
        parts = [
            {"link": terms.link_en, "text": render_markdown(terms.text_en)},
            {"link": terms.link_de, "text": render_markdown(terms.text_de, language="de")},
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish this version?"),
            "terms": terms,
            "parts": parts,
            "owners": all_owners().count(),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/terms/publish.html", context)


@admin.register(Acceptance, site=platform_site)
class AcceptanceAdmin(LookingAdmin):
    """Who accepted which version, and when."""

    list_display = ["account", "terms", "accepted_at"]
    list_filter = ["terms"]
    list_select_related = ["account", "terms"]
    search_fields = ["account__email"]
