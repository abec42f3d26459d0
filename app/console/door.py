"""The console's door: its pages are for a person at this machine, and its web socket acts for whoever opened it, so
both are guarded.
"""

import re

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse

from app.domain.errors import Forbidden
from app.guard import Door, Guard

PAGE = re.compile(r"/[a-z]*")
"""The console's pages have one plain word; whatever lies deeper is machinery, and no link leads there."""


def guard() -> list[Middleware]:
    """What stands in front of every answer of the console."""
    return [Middleware(Guard, door=Door(opens=lambda path: PAGE.fullmatch(path) is not None), refuse=_refused)]


def _refused(stranger: Forbidden) -> PlainTextResponse:
    return PlainTextResponse(stranger.detail, stranger.status)
