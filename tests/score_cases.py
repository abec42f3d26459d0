"""Truths, and what agents made of them, for the tests of the scorecard: small ones to compute by hand, random ones, and
liars.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from simulations.world.seeded_random import Draws
from simulations.world.truth import NOBODY, ActionSeen, FaultTruth, IncidentSeen, Interval, Suspect, Trial, Truth

START = datetime(2026, 3, 2, tzinfo=UTC)
CAUSES = (
    "callback_not_https",
    "webhook_v2_endpoint_gone",
    "token_version_mismatch",
    "cache_not_invalidated",
    "inventory_sync_over_limit",
)
WEIGHTS = (6, 3, 2, 2, 1)
"""How often each cause strikes."""
MERCHANTS = 40
PLATFORM = 200


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def fault(
    number: int = 0,
    cause: str = CAUSES[0],
    *,
    began: float | None = 60,
    ended: float | None = 300,
    hurt: str = "abcd",
    **more,
) -> FaultTruth:
    """A fault with ten affected events from `began` on, the fifth four minutes later."""
    told = {
        "began": None if began is None else at(began),
        "fifth_event": None if began is None else at(began + 4),
        "ended": None if ended is None or began is None else at(ended),
        "ill": tuple(hurt),
        "hurt": () if began is None else tuple(hurt),
        "affected_events": 0 if began is None else 10,
        "lost_revenue": {} if began is None else {"EUR": 1_000},
        "cures": ("update_callback_url",),
    }
    return FaultTruth(number=number, cause=cause, **{**told, **more})


def incident(
    id: str = "INC-1",
    *,
    detected: float = 70,
    about: dict[int, int] | None = None,
    causes: Sequence[tuple[str, float]] = (),
    **more,
) -> IncidentSeen:
    told = {
        "merchants": tuple("abcd"),
        "status": "ESCALATED",
        "signals": {0: 10} if about is None else about,
        "suspects": tuple(Suspect(cause=cause, confidence=confidence) for cause, confidence in causes),
    }
    return IncidentSeen(id=id, detected_at=at(detected), first_seen=at(detected), **{**told, **more})


def action(
    id: str = "ACT-1",
    worth: str = "cures",
    *,
    proposed: float = 80,
    sent: float | None = 90,
    status: str = "EXECUTED",
    **more,
) -> ActionSeen:
    told = {
        "incident_id": "INC-1",
        "tool": "update_callback_url",
        "merchants": tuple("abcd"),
        "faults": (0,) if worth == "cures" else (),
    }
    moment = None if sent is None else at(sent)
    return ActionSeen(id=id, worth=worth, proposed_at=at(proposed), sent_at=moment, status=status, **{**told, **more})


def money(low: float, middle: float, high: float, currency: str = "EUR") -> dict[str, Interval]:
    return {currency: Interval(low=low, middle=middle, high=high)}


def trial(
    faults: Sequence[FaultTruth] = (),
    incidents: Sequence[IncidentSeen] = (),
    actions: Sequence[ActionSeen] = (),
    *,
    scenario: str = "one",
    seed: int = 1,
    operator: str = "truthful",
    minutes: float = 1440,
    forbidden: Sequence[str] = (),
    questions: int = 0,
) -> Trial:
    truth = Truth(
        scenario=scenario,
        seed=seed,
        began=START,
        ended=at(minutes),
        merchants=PLATFORM,
        faults=tuple(faults),
        forbidden=tuple(forbidden),
    )
    return Trial(
        scenario=scenario,
        seed=seed,
        operator=operator,
        truth=truth,
        incidents=tuple(incidents),
        actions=tuple(actions),
        questions=questions,
    )


# --- random truths
# ----------------------------------------------------------------------------------------------------------


def random_truth(seed: int, place: int) -> Truth:
    """A day with none to three faults, some uncatalogued, some that touch hardly anybody or nobody."""
    draws = Draws(seed, "truth", place)
    faults = tuple(random_fault(draws, number) for number in range(int(draws.uniform() * 4)))
    planted = {one.cause for one in faults}
    forbidden = tuple(cause for cause in CAUSES if cause not in planted and draws.happens(0.2))
    return Truth(
        scenario=f"s{place % 7}",
        seed=place,
        began=START,
        ended=at(1440),
        merchants=PLATFORM,
        faults=faults,
        forbidden=forbidden,
    )


def random_fault(draws: Draws, number: int) -> FaultTruth:
    names = [name for name, weight in zip(CAUSES, WEIGHTS, strict=True) for _ in range(weight)]
    cause = "unknown" if draws.happens(0.2) else draws.choice(names)
    ill = tuple(f"m{n}" for n in range(MERCHANTS) if draws.happens(0.25)) or ("m0",)
    hurt = tuple(name for name in ill if draws.happens(0.8)) or ill[:1]
    events = (
        0 if draws.happens(0.15) else int(draws.between(1, 4)) if draws.happens(0.1) else int(draws.between(5, 400))
    )
    if not events:
        return FaultTruth(number=number, cause=cause, ill=ill, cures=("purge_cache",))
    began = draws.between(30, 900)
    return FaultTruth(
        number=number,
        cause=cause,
        began=at(began),
        fifth_event=at(began + draws.between(1, 30)) if events >= 5 else None,
        ended=at(began + draws.between(60, 400)) if draws.happens(0.5) else None,
        ill=ill,
        hurt=hurt,
        silent=tuple(name for name in hurt if draws.happens(0.6)),
        affected_events=events,
        lost_revenue={"EUR": int(draws.between(1, 1e6)), "USD": int(draws.between(1, 1e6))},
        cures=("purge_cache",),
        needs_people=draws.happens(0.2),
    )


Agent = Callable[[Truth, Draws], tuple[list[IncidentSeen], list[ActionSeen]]]


def lived(agent: Agent, seed: int, count: int = 60, operator: str = "rubber_stamp") -> list[Trial]:
    """What an agent makes of many random truths."""
    trials = []
    for place in range(count):
        truth = random_truth(seed, place)
        incidents, actions = agent(truth, Draws(seed, "agent", place))
        trials.append(
            Trial(
                scenario=truth.scenario,
                seed=truth.seed,
                operator=operator,
                truth=truth,
                incidents=tuple(incidents),
                actions=tuple(actions),
                questions=len(actions),
            )
        )
    return trials


def seen(
    truth: Truth, suspects: Callable[[FaultTruth], list[tuple[str, float]]], *, after: float = 10
) -> list[IncidentSeen]:
    """An honest eye: one incident per fault that touched anybody, ten minutes after its fifth event, naming those it
    hurt.
    """
    return [
        incident(
            f"INC-{truth.seed}-{one.number}",
            detected=((one.fifth_event or one.began) - START) / timedelta(minutes=1) + after,
            about={one.number: one.affected_events, NOBODY: 1},
            causes=suspects(one),
            merchants=one.hurt,
        )
        for one in truth.faults
        if one.began is not None and one.fifth_event is not None
    ]


def random_agent(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    """Anything at all, sense or nonsense."""
    names = [*CAUSES, "unknown", "no_incident"]
    incidents = [
        incident(
            f"INC-{truth.seed}-{place}",
            detected=draws.between(0, 1440),
            about={number: int(draws.between(0, 30)) for number in range(-1, 3) if draws.happens(0.6)},
            causes=[(draws.choice(names), draws.uniform()) for _ in range(int(draws.between(0, 5)))],
            merchants=tuple(f"m{n}" for n in range(MERCHANTS) if draws.happens(0.2)),
            lost_revenue=money(
                draws.between(0, 5e5),
                draws.between(0, 1e6),
                draws.between(5e5, 2e6),
                draws.choice(["EUR", "USD", "JPY"]),
            ),
            status=draws.choice(["ESCALATED", "RESOLVED", "OPEN"]),
        )
        for place in range(int(draws.between(0, 6)))
    ]
    actions = [random_action(draws, f"ACT-{truth.seed}-{place}") for place in range(int(draws.between(0, 6)))]
    return incidents, actions


def random_action(draws: Draws, name: str) -> ActionSeen:
    proposed = draws.between(0, 1300)
    sent = proposed + draws.between(0, 60) if draws.happens(0.7) else None
    status = (
        "REJECTED"
        if sent is None
        else draws.choice(["EXECUTED", "VERIFIED", "VERIFIED", "HARMED", "INEFFECTIVE", "FAILED", "NOT_APPLIED"])
    )
    return action(
        name,
        draws.choice(["cures", "cures", "useless", "harms", "harmless"]),
        proposed=proposed,
        sent=sent,
        status=status,
        faults=tuple(number for number in range(3) if draws.happens(0.5)),
        granted_by=draws.choice(["policy:low-risk", "amira", ""]),
        settled_at=at(proposed + 90) if sent is not None else None,
        undone=draws.happens(0.3),
        merchants=tuple(f"m{n}" for n in range(MERCHANTS) if draws.happens(0.2)),
    )
