"""The tools that hold a wave of the cutover and let it go, and whom a hold spares."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.base import Stage
from app.domain.merchants import Merchant

HOLD: Final = "hold_cutover_wave"
RELEASE: Final = "release_cutover_wave"
WAVE_TOOLS: Final = frozenset({HOLD, RELEASE})
"""What they do is told by reading it back: who has moved fails as before, and who has not does not fail yet."""


def find_spared(at_risk: Sequence[str], merchants: Mapping[str, Merchant]) -> tuple[str, ...]:
    """Whom a hold would spare: of those who share what broke the others and are not cut over yet, the ones of the first
    wave. Nobody where all have moved: a hold helps none of them.
    """
    waiting = [merchants[one] for one in at_risk if one in merchants and merchants[one].stage is not Stage.POST]
    waves = [one.wave for one in waiting if one.wave is not None]
    return tuple(sorted(one.id for one in waiting if one.wave == min(waves))) if waves else ()
