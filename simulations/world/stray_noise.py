"""How stray errors come on a platform: in clumps, in spikes after a deployment, of whatever severity, and told again by
callers who do not wait.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from app.domain.base import Severity
from simulations.scenario import NoiseSpec
from simulations.world.population import DAY_MS, HOUR_MS, MINUTE_MS, Inhabitant
from simulations.world.seeded_random import Draws

SEVERITIES: Final = (
    *[Severity.LOW] * 7,
    *[Severity.INFO] * 4,
    *[Severity.MEDIUM] * 5,
    *[Severity.HIGH] * 3,
    Severity.CRITICAL,
)
"""As often as each stands here, a stray error has it where severities prove nothing."""
AGAIN: Final = (4, 26)


class ErrorSpike(NamedTuple):
    """Minutes after a deployment in which one kind of stray error is common among some merchants."""

    since_ms: int
    until_ms: int
    kind: int
    share: float
    mean: float


class StrayNoise:
    """The noise of one world, beyond how many stray errors it has on the average."""

    def __init__(self, noise: NoiseSpec, seed: int, people: Sequence[Inhabitant], kinds: int) -> None:
        self._noise, self._seed, self._people, self._kinds = noise, seed, people, kinds
        self._hour, self._clumps = -1, dict[str, float]()
        self._day, self._spikes = -1, list[ErrorSpike]()

    def clump(self, who: Inhabitant, ms: int) -> float:
        """How many times its usual share of stray errors a merchant has in this hour."""
        if not self._noise.bursts:
            return 1.0
        hour = ms // HOUR_MS
        if hour != self._hour:
            self._hour, self._clumps = hour, {}
        known = self._clumps.get(who.id)
        if known is None:
            known = self._clumps[who.id] = Draws(self._seed, "clump", who.id, hour).clumped(self._noise.bursts)
        return known

    def spikes(self, who: Inhabitant, ms: int) -> list[ErrorSpike]:
        """The spikes a merchant is in."""
        if not self._noise.deploys_per_day:
            return []
        day = ms // DAY_MS
        if day != self._day:
            self._day, self._spikes = day, self._draw_spikes(day)
        return [
            spike
            for spike in self._spikes
            if spike.since_ms <= ms < spike.until_ms
            and Draws(self._seed, "spiked", spike.since_ms, who.id).uniform() < spike.share
        ]

    def _draw_spikes(self, day: int) -> list[ErrorSpike]:
        draws = Draws(self._seed, "deploys", day)
        spikes = []
        for _ in range(draws.poisson(self._noise.deploys_per_day)):
            since = day * DAY_MS + int(draws.uniform() * DAY_MS)
            spikes.append(
                ErrorSpike(
                    since_ms=since,
                    until_ms=since + round(draws.between(5, 20) * MINUTE_MS),
                    kind=int(draws.uniform() * self._kinds),
                    share=draws.between(0.05, 0.6),
                    mean=draws.between(0.1, 0.8),
                )
            )
        return spikes

    def severity(self, usual: Severity, draws: Draws) -> Severity:
        """The severity with which a stray error comes."""
        return draws.choice(SEVERITIES) if self._noise.any_severity else usual

    def repeats(self, draws: Draws) -> int:
        """How often something is told again by callers who do not wait."""
        if not self._noise.storms or not draws.happens(self._noise.storms):
            return 0
        return int(draws.between(*AGAIN))
