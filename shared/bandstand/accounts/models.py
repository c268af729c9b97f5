"""People who log in. The table exists in `public` (owners, staff) and in each tenant's schema (its team)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.hashing import former_hashes, note_of, rehashed
from bandstand.content.previewing import SetApart
from bandstand.content.shown_names import validate_shown_name

SUPPORT_HOST = "support.invalid"  # RFC 2606: no mail ever reaches it


class CalendarDigestField(SetApart, models.CharField):  # type: ignore[type-arg]
    """What is stored of the secret in the address of somebody's calendar; empty without one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 64, "default": "", "db_default": "", **kwargs})


class CalendarSinceField(SetApart, models.DateTimeField):  # type: ignore[type-arg]
    """Since when somebody's calendar has its address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"null": True, **kwargs})


class RehashedFromField(SetApart, models.CharField):  # type: ignore[type-arg]
    """The hash that a newer one of the same password replaced; see bandstand.accounts.hashing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 200, "default": "", "db_default": "", **kwargs})


class UserManager(BaseUserManager["User"]):
    """Creates users, and finds them by address regardless of case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new user with `password` hashed; without one, the account can't log in by password."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new platform staff member with all permissions."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with this address. Raises User.DoesNotExist."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in by email address. Exists in one schema only."""

    email = models.EmailField(
        _("email address"), unique=True, error_messages={"unique": _("An account with this address already exists.")}
    )
    name = models.CharField(_("name"), max_length=120, blank=True, validators=[validate_shown_name])
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Uncheck to lock the account."))
    is_staff = models.BooleanField(_("platform staff"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    # See bandstand.accounts.calendar_address. A row that was loaded before it was revoked can't bring it back.
    calendar_digest = CalendarDigestField()
    calendar_since = CalendarSinceField()
    rehashed_from = RehashedFromField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        constraints = [
            # Addresses are stored in lower case, so that log-in, invitations and look-ups can compare columns directly.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        # Changes that follow from a platform account are saved with it, or not at all.
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password. One that was hashed at another cost is hashed anew.

        By an update, as that is no change of the password: nobody is told, and an owner's portals don't follow.
        """
        is_right, encoded = rehashed(raw_password, self.password)
        if encoded:
            note = note_of(self.password, encoded)
            stored = User.objects.filter(pk=self.pk, password=self.password)
            stored.update(password=encoded, rehashed_from=note)
            self.password, self.rehashed_from = encoded, note
        return is_right

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Return what older sessions may hang on: other secrets, and the hash from before the password was rehashed."""
        yield from super().get_session_auth_fallback_hash()
        for former in former_hashes(self.rehashed_from, self.password):
            before = type(self)(password=former)
            yield before.get_session_auth_hash()
            yield from AbstractBaseUser.get_session_auth_fallback_hash(before)

    @property
    def is_support(self) -> bool:
        """Whether this row of a portal stands for a member of the platform's staff; see bandstand.support.visiting."""
        return not self.is_active and self.email.endswith(f"@{SUPPORT_HOST}")

    def get_full_name(self) -> str:
        """Return the name, or the address where no name was given."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the first word of the full name."""
        return str(self).split()[0]
