"""What is read off something that never changes is read once: by which object it is, since a pack is too large to be
compared or hashed each time that it is asked something.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Given = TypeVar("Given")
Read = TypeVar("Read")


def once_for_each(most: int) -> Callable[[Callable[[Given], Read]], Callable[[Given], Read]]:
    """Remembers what a function of one value made of it, for so many values. Each value is held, so that no other can
    take its place in memory.
    """

    def remembering(read: Callable[[Given], Read]) -> Callable[[Given], Read]:
        held: dict[int, tuple[Given, Read]] = {}

        @wraps(read)
        def once(given: Given) -> Read:
            found = held.get(id(given))
            if found is None or found[0] is not given:
                if len(held) >= most:
                    held.clear()
                found = held[id(given)] = (given, read(given))
            return found[1]

        return once

    return remembering
