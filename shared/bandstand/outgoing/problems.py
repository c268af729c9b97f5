"""Errors of the guarded client; the messages are for the user who typed the URL."""


class FetchError(Exception):
    """Nothing could be fetched."""


class PrivateAddressError(FetchError):
    """The URL leads to a private network."""


class TooSlowError(FetchError):
    """The fetch took too long."""


class TooLargeError(FetchError):
    """The resource is too large."""
