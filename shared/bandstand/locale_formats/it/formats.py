"""Without the zero and the weekday that Django's Italian formats have."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
