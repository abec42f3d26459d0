"""How the kinds of lines in a tenant's logs are called, learnt line by line."""

from typing import Final

from app.domain.base import JsonMapping, JsonObject, object_in
from app.domain.errors import BadInput
from app.observe.masks import MASK
from app.observe.templates import FEW, WILD, Templates

MOST_TEMPLATES: Final = 300
"""So many kinds of lines are told apart in one tenant; the one that was not seen for longest goes."""
LINE_LOOKED_AT: Final = 300
NAME_LENGTH: Final = 80
"""How much of a line tells what it is, and of a template names it; both bound what is kept."""


class LineNames:
    """The names of one tenant's templates of lines, learnt line by line: how a template looked when it was first seen.
    It keeps that name while it is learnt, so that its stream stays one.
    """

    def __init__(self) -> None:
        self.version = 0
        """Of what is kept of it."""
        self._templates = Templates(MOST_TEMPLATES)
        self._names: dict[str, str] = {}

    @property
    def learnt(self) -> int:
        """Grows whenever something was learnt."""
        return self._templates.learnt

    def name_of(self, line: str) -> str:
        """The name of a line's template; what is new in the line is learnt."""
        found = self._templates.template_of(line[:LINE_LOOKED_AT])
        name = self._names.get(found)
        if name is None:
            looks = self._templates.text_of(found).replace(MASK, WILD).replace("|", "/")
            name = self._names[found] = " ".join(looks.split())[:NAME_LENGTH] or "-"
            if len(self._names) > MOST_TEMPLATES * FEW:
                del self._names[next(iter(self._names))]
        return name

    def plain(self) -> JsonObject:
        """As it is written down."""
        return {"state": self._templates.to_json(), "names": dict(self._names)}

    @classmethod
    def read(cls, written: JsonMapping, version: int) -> "LineNames":
        """As it was written down; what cannot be read is learnt anew, for no signal is refused over it."""
        found = cls()
        found.version = version
        try:
            found._templates = Templates.from_json(str(written.get("state", "")), MOST_TEMPLATES)
        except BadInput:
            return found
        found._names = {str(name): str(text) for name, text in object_in(written, "names").items()}
        return found
