"""The proposal to hold a wave of the cutover, as the loop would make it: with a promise that can be checked, and a way
back. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.base import JsonObject
from app.domain.decisions import Forecast
from app.domain.tenants import ToolMode
from app.playbooks.model import Proposal
from app.playbooks.plan import fill_undo
from app.playbooks.templates import stores_in_words
from app.ports.connectors import ToolSpec

TOOL: Final = "hold_cutover_wave"
LONGEST_REASON: Final = 1_000


def propose_wave_hold(
    specs: Mapping[str, ToolSpec],
    *,
    wave: int,
    merchants: Sequence[str],
    cause: str,
    confidence: float,
    reason: str,
    mode: ToolMode,
) -> Proposal:
    """Hold a wave for a reason; the merchants are those who would not be cut over."""
    spec = specs[TOOL]
    arguments: JsonObject = {"wave": wave, "reason": reason[:LONGEST_REASON]}
    stores = stores_in_words(len(merchants))
    return Proposal(
        cause=cause,
        confidence=confidence,
        tool=TOOL,
        title=f"Hold wave {wave} before its cutover ({stores})",
        mode=mode,
        arguments=arguments,
        scope=tuple(merchants),
        rollout=(tuple(merchants),),
        forecast=Forecast(
            metric="reference_exists",
            merchants=tuple(merchants),
            direction="up",
            target_ratio=1.0,
            statement=f"The hold can be read back; none of the {stores} of wave {wave} is cut over until it is lifted.",
        ),
        undo=fill_undo(spec, arguments, specs),
    )
