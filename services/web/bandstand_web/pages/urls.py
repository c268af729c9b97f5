"""URLs of pages."""

from django.urls import path

from bandstand_web.pages.backstage import blocks, settings
from bandstand_web.pages.portal import inside, pages, unlocking

# The last of all: what stands before it is reserved, see bandstand.content.reserved_words.
portal_urls = [
    path("unlock/<slug:slug>/", unlocking.unlock, name="page_unlock"),
    path("<slug:slug>/", pages.detail, name="page"),
    path("<slug:slug>/write/<slug:number>/", inside.contact, name="page_contact"),
    path("<slug:slug>/file/<slug:number>/", inside.file, name="page_file"),
]

backstage_urls = [
    path("", settings.PageList.as_view(), name="pages"),
    path("start/", settings.PageStart.as_view(), name="page_start"),
    path("known/", settings.PagesKnown.as_view(), name="pages_known"),
    path("add/", settings.PageAdd.as_view(), name="page_add"),
    path("<int:pk>/", settings.PageChange.as_view(), name="page_edit"),
    path("<int:pk>/publish/", settings.PagePublish.as_view(), name="page_publish"),
    path("<int:pk>/menu/", settings.PageToMenu.as_view(), name="page_to_menu"),
    path("<int:pk>/delete/", settings.PageDelete.as_view(), name="page_delete"),
    path("<int:pk>/history/", settings.PageHistory.as_view(), name="page_history"),
    path("<int:pk>/put-back/", settings.PagePutBack.as_view(), name="page_put_back"),
    path("<int:pk>/content/", blocks.PageContent.as_view(), name="page_content"),
    path("<int:pk>/content/add/<slug:kind>/", blocks.BlockAdd.as_view(), name="block_add"),
    path("<int:pk>/content/do/", blocks.BlockActs.as_view(), name="block_acts"),
    path("<int:pk>/content/<slug:number>/", blocks.BlockChange.as_view(), name="block_edit"),
]
