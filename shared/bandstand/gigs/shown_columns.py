"""The columns of gigs that are read where many are shown: a third of them or less."""

# What files of calendars tell.
CALENDAR_FIELDS = (
    *("uid", "sequence", "created_at", "updated_at", "slug", "title", "status", "status_note", "time_zone"),
    *("starts_at", "ends_at", "precision", "doors_at", "venue", "address", "town", "is_private"),
    *("price", "price_from", "price_to", "currency", "is_free", "ticket_url", "on_sale_at", "age_limit"),
    *("notes", "is_published", "publish_at", "share_picture"),
)
# What tables of the team show.
IN_TABLES = (
    *("title", "slug", "venue", "town", "time_zone", "starts_at", "doors_at", "ends_at", "precision"),
    *("status", "option", "is_private", "is_published", "publish_at"),
)
# What lists for visitors show.
IN_ROWS = (
    *("title", "slug", "venue", "town", "time_zone", "starts_at", "ends_at", "precision", "status", "is_private"),
    *("ticket_url", "on_sale_at"),
)
