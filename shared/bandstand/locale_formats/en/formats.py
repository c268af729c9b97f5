"""English as it is read in every country: 11/12/2026 would be two days."""

SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
