"""News in the backstage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.bands.models import Band
from bandstand.content.dated import shown_since
from bandstand.content.of_bands import may_with_all
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand.media.adding import UPLOAD_LIMITS, validate_upload
from bandstand.news.models import Post
from bandstand.news.pictures import pictures_append, pictures_taken_out
from bandstand.news.spreadsheet import PostResource
from bandstand.news.tags import TagsField
from bandstand_web.forms.known_rows import KnownRowsField, KnownRowTicks
from bandstand_web.forms.own_picture import OwnPictureForm
from bandstand_web.forms.pictures_field import PicturesField
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList, KindPublish, KindView

GIGS_BACK = timedelta(days=90)
GIGS_OFFERED = 50


class GigsField(forms.ModelMultipleChoiceField[Gig]):
    """Gigs with their day, and where they are: the next ones of the post's bands, or of all, and those that it has."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, post: Post) -> None:
        """Offer the gigs that `post` may be about."""
        recent = Gig.objects.filter(starts_at__gte=timezone.now() - GIGS_BACK)
        chosen = Gig.objects.none()
        if post.pk:
            chosen = post.gigs.all()
            if post.bands.exists():
                recent = recent.filter(pk__in=Appearance.objects.filter(band__in=post.bands.all()).values("gig"))
        offered = recent.order_by("starts_at", "pk").values("pk")[:GIGS_OFFERED]
        found = Gig.objects.filter(Q(pk__in=offered) | Q(pk__in=chosen.values("pk")))
        self.queryset = found.for_listing().order_by("starts_at", "pk")

    def label_from_instance(self, obj: Any) -> str:
        return f"{gig_time(obj, 'short')}: {obj.headline}, {obj.where_briefly}"


class PostForm(OwnPictureForm):
    """A post with its pictures."""

    tags = TagsField(
        label=gettext_lazy("Tags"), required=False, help_text=gettext_lazy("Separated by commas: “new album, tour”.")
    )
    text_pictures = PicturesField(
        label=gettext_lazy("Pictures for the text"),
        required=False,
        help_text=format_lazy(
            "{} {}",
            gettext_lazy(
                "Each becomes a line below the text, “![](picture:…)”. Move it where the picture should be, and say "
                "what the picture shows between the square brackets."
            ),
            UPLOAD_LIMITS,
        ),
    )
    gigs = GigsField(
        Gig.objects.none(),
        label=gettext_lazy("Gigs"),
        required=False,
        help_text=gettext_lazy("The next ones: once the post is saved, those of its bands."),
    )

    class Meta:
        model = Post
        fields = [
            *("title", "summary", "text", "tags", "bands", "gigs", "author", "language", "is_pinned", "expires_at"),
            "slug",
        ]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 2}),
            "text": forms.Textarea(attrs={"rows": 16}),
            "bands": KnownRowTicks,
        }
        field_classes = {"bands": KnownRowsField}

    # Name of each part of the page, and its fields.
    parts = (
        ("", ("title", "summary", "text", "text_pictures")),
        (gettext_lazy("Picture"), ("new_picture", "picture_alt", "no_picture")),
        (gettext_lazy("About"), ("bands", "gigs", "tags")),
        (gettext_lazy("More"), ("author", "language", "is_pinned", "expires_at", "slug")),
    )
    field_order = [name for _title, names in parts for name in names]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["bands"].queryset = Band.objects.order_by("name", "pk")
        fields["gigs"].offer(self.instance)
        fields["language"].choices = [("", _("The portal's language")), *fields["language"].choices[1:]]
        self._text_before = _texts(self.instance)

    @property
    def sections(self) -> Any:
        """The parts of the page: name and fields."""
        for title, names in self.parts:
            yield title, [self[name] for name in names if name in self.fields]

    def clean_text_pictures(self) -> list[Any]:
        """Return the files. Raises ValidationError if one of them can't be a picture."""
        files: list[Any] = self.cleaned_data["text_pictures"]
        for file in files:
            validate_upload(file)
        return files

    def clean(self) -> dict[str, Any]:
        """Ask for a band where the user's roles are in bands alone: they couldn't see the post otherwise."""
        given = super().clean() or self.cleaned_data
        if not given.get("bands") and "bands" not in self.errors and not may_with_all(self.user, "change", Post):
            self.add_error("bands", _("Choose at least one of your bands."))
        return given

    def save(self, commit: bool = True) -> Post:
        if files := self.cleaned_data["text_pictures"]:
            self.instance.text = pictures_append(self.instance.text, files, uploaded_by=self.user)
        post: Post = super().save(commit=commit)
        pictures_taken_out(self._text_before, _texts(post))
        return post


def _texts(post: Post) -> str:
    """Return what the post says in all languages."""
    return "\n".join([post.text, *post.versions_of("text").values()])


class Posts(KindView):
    """What all views of posts share."""

    model: Any = Post
    url_name = "post"
    list_url_name = "posts"


class PostList(Posts, KindList):
    """The posts, the latest first."""

    heading = gettext_lazy("News")
    resource_class = PostResource
    template_name = "news/backstage/list.html"
    shown = {"drafts": gettext_lazy("Drafts"), "expired": gettext_lazy("Expired")}
    orders = {
        "latest": (gettext_lazy("Latest"), (shown_since().desc(), "-pk")),
        "title": (gettext_lazy("Title"), ("title", "pk")),
        "changed": (gettext_lazy("Last changed"), ("-updated_at", "pk")),
    }

    def filtered(self, show: str) -> QuerySet[Post]:
        """Return the posts with their bands."""
        kinds = {"drafts": Post.objects.drafts, "expired": Post.objects.expired}
        return kinds.get(show, Post.objects.all)().prefetch_related("bands")


class PostPage(Posts, KindForm):
    """A post."""

    form_class = PostForm
    template_name = "news/backstage/edit.html"


class PostAdd(PostPage, KindAdd):
    """Creates a post."""


class PostChange(PostPage, KindChange):
    """Changes a post."""


class PostPublish(Posts, KindPublish):
    """Publishes a post."""


class PostDelete(Posts, KindDelete):
    """Moves a post to the trash."""


class PostHistory(Posts, KindHistory):
    """What was changed of a post."""


class PostPutBack(Posts, KindPutBack):
    """Puts back a change of a post."""
