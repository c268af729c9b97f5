"""Why nothing could be fetched; the messages are for whoever typed the address."""


class FetchError(Exception):
    """Nothing could be fetched."""


class PrivateAddressError(FetchError):
    """The address leads into a network that isn't public."""


class TooSlowError(FetchError):
    """The time is over."""


class TooLargeError(FetchError):
    """There is more than may be fetched."""
