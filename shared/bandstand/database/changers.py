"""Tells the triggers that record changes of content on whose behalf a statement is sent, in the same message.

It stands as a setting of the transaction in front of each statement that writes a recorded table, also an empty one, so
that no statement carries another one's, whatever was rolled back, committed or returned to the pool before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from psycopg import sql as composing

from bandstand.content.changing import SETTING, changer_text
from bandstand.content.recording import recordings

_TABLE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?(?![\w".])', re.IGNORECASE)


def tell_changer(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Send the setting before a statement that changes recorded content. Source: Django, "Database instrumentation"."""
    if type(sql) is not str or sql.startswith("SELECT") or many or not _is_recorded(sql):
        return execute(sql, params, many, context)
    connection = context["connection"].connection
    value = composing.Literal(changer_text()).as_string(connection)
    setting = f"SELECT set_config('{SETTING}', {value}, true); "
    result = execute((setting if params is None else setting.replace("%", "%%")) + sql, params, many, context)
    context["cursor"].nextset()
    return result


def _is_recorded(sql: str) -> bool:
    table = _TABLE.match(sql)
    return table is not None and table[1] in recordings()
