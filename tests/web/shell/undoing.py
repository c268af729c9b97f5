"""Pages as people read them, and the button in a message that takes back what it tells."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

UNDO = re.compile(r'form="undo" formaction="([^"]+)" name="(\w+)" value="([^"]+)"')


def words_of(answer: Any) -> str:
    return unescape(answer.content.decode())


def undo(browser: Client, answer: Any) -> Any:
    """Press the button in the message of the page."""
    text = answer.content.decode()
    assert '<form id="undo" method="post">' in text
    url, name, value = UNDO.findall(text)[-1]
    page = f"http://{answer.wsgi_request.get_host()}{answer.wsgi_request.get_full_path()}"
    return browser.post(url, {name: unescape(value)}, headers={"Referer": page}, follow=True)
