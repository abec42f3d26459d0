"""The proposal to hold a wave of the cutover, or to let it go, as the loop would make it: with a promise that can be
checked, and a way back. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.base import JsonObject
from app.domain.decisions import Forecast
from app.domain.tenants import ToolMode
from app.playbooks.model import Proposal
from app.playbooks.plan import fill_undo
from app.playbooks.waves import HOLD
from app.ports.connectors import ToolSpec
from app.wording.counts import stores_in_words

LONGEST_REASON: Final = 1_000


def propose_wave_hold(
    specs: Mapping[str, ToolSpec],
    *,
    tool: str,
    wave: int,
    merchants: Sequence[str],
    cause: str,
    confidence: float,
    reason: str,
    mode: ToolMode,
) -> Proposal:
    """Hold a wave for a reason, or let it go again; the merchants are those who were not cut over."""
    spec, stores = specs[tool], stores_in_words(len(merchants))
    holds = tool == HOLD
    arguments: JsonObject = {"wave": wave, "reason": reason[:LONGEST_REASON]} if holds else {"wave": wave}
    promise = (
        f"The hold can be read back; until it is lifted nobody of wave {wave} ({stores}) is cut over."
        if holds
        else f"The release can be read back; wave {wave} ({stores}) can be cut over."
    )
    return Proposal(
        cause=cause,
        confidence=confidence,
        tool=tool,
        title=f"{'Hold' if holds else 'Lift the hold of'} wave {wave} before its cutover ({stores})",
        mode=mode,
        arguments=arguments,
        scope=tuple(merchants),
        rollout=(tuple(merchants),),
        forecast=Forecast(
            metric="reference_exists",
            merchants=tuple(merchants),
            direction="up",
            target_ratio=1.0,
            statement=promise,
        ),
        undo=fill_undo(spec, arguments, specs),
    )
