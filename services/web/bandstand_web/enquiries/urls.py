"""URLs of messages to bands."""

from django.urls import path

from bandstand_web.enquiries import backstage

backstage_urls = [
    path("", backstage.index, name="enquiries"),
    path("blocked/", backstage.blocked_senders, name="blocked_senders"),
    path("blocked/<int:pk>/remove/", backstage.unblock, name="blocked_sender_remove"),
    path("<int:pk>/", backstage.detail, name="enquiry"),
    path("<int:pk>/answer/", backstage.answer, name="enquiry_answer"),
    path("<int:pk>/state/", backstage.change_state, name="enquiry_state"),
    path("<int:pk>/block/", backstage.block, name="enquiry_block"),
]
