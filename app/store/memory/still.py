"""Values as the memory keeps them: read back once, when they are written, and shared by everybody who asks. Nobody can
change them.
"""

from typing import Any, NoReturn, TypeVar

from app.domain.base import Json, JsonObject, Value
from app.store import codec

V = TypeVar("V", bound=Value)


def _refuse_change(*_: object, **__: object) -> NoReturn:
    raise TypeError("this is shared by everybody who reads the row; make a changed copy")


class StillDict(dict[str, Json]):
    """Equal to a dict with the same members; a copy, deep or pickled, is a plain dict of its owner's."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse_change

    def __reduce__(self) -> tuple[type, tuple[JsonObject]]:
        """How it is copied."""
        return dict, (dict(self),)


class StillList(list[Any]):
    """Equal to a list with the same members; a copy, deep or pickled, is a plain list of its owner's."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = extend = insert = pop = remove = clear = sort = (
        reverse
    ) = _refuse_change

    def __reduce__(self) -> tuple[type, tuple[list[Any]]]:
        """How it is copied."""
        return list, (list(self),)


def as_stored(value: V) -> V:
    """What a database would give back of this value, to be shared."""
    read = codec.read_value(type(value), codec.to_body(codec.to_fields(value)))
    _freeze_value(read)
    return read


def _freeze_value(value: Value) -> None:
    """Make everything in a value that nobody else has yet unchangeable."""
    members = vars(value)
    for name, member in members.items():
        members[name] = _freeze_member(member)


def _freeze_member(member: Any) -> Any:
    if isinstance(member, Value):
        _freeze_value(member)
    elif isinstance(member, dict):
        return StillDict({name: _freeze_member(one) for name, one in member.items()})
    elif isinstance(member, list):
        return StillList(_freeze_member(one) for one in member)
    elif isinstance(member, tuple):
        return tuple([_freeze_member(one) for one in member])
    return member
