"""How often Python looks for cycles of objects that nobody holds: a batch of signals is a hundred thousand objects and
holds none, and looking through them again and again took a sixth of the time to take it in.
"""

import gc
from typing import Final

SELDOM: Final = (100_000, 50, 100)
"""So many new objects are looked through together; of Python's own 700 ten signals make more."""


def calm_collector(*, for_good: bool = False) -> None:
    """What is new is looked through less often; what is there `for_good`, once all is imported and built, not again."""
    if for_good:
        gc.collect()
        gc.freeze()
    gc.set_threshold(*SELDOM)
