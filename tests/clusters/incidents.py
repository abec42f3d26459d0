"""Broken clusters as they are told: lists of signals with the cause they should lead to.

Each block of a file is one incident: `= cause`, then a line for each thing that is told again and again.

    E reason | message      a warning of the cluster        L message   an error in a log
    N reason | message      an event that is no warning     W message   a warning in a log
    A name | summary        an alert that fires             T message   what a person writes
    H status route message  a call that failed

`tuned_on.txt` is what the pack's signs were weighed on; nobody looked at the results of `kept_aside.txt` meanwhile.
"""

from pathlib import Path
from typing import Any, NamedTuple

from app.config.load import load_config
from app.config.model import DomainPack
from app.domain.base import Severity
from app.domain.hypotheses import Hypothesis
from app.domain.signals import Signal, SignalType
from app.observe.dossier import build_dossier
from app.observe.patterns import patterns_of
from app.reason.score import score_causes
from app.settings import PROJECT
from tests.builders import make_incident, make_merchant, make_signal, make_ticket, minutes
from tests.faults import thresholds

FOLDER = Path(__file__).parent
COUNT = 10
HURT = ("checkout", "cart")


class Told(NamedTuple):
    """One incident: what it should lead to, and what is told of it."""

    cause: str
    lines: tuple[str, ...]


def read_incidents(name: str) -> list[Told]:
    blocks = (FOLDER / f"{name}.txt").read_text("utf-8").strip().split("\n\n")
    split = [block.splitlines() for block in blocks]
    return [Told(first.removeprefix("= "), tuple(rest)) for first, *rest in split]


def fields_of(line: str) -> dict[str, Any]:
    """The fields of one signal."""
    kind, _, said = line.partition(" ")
    name, _, message = (part.strip() for part in said.partition("|"))
    error = {"signal_type": SignalType.API_ERROR, "severity": Severity.MEDIUM, "endpoint": None, "status": None}
    log = {"signal_type": SignalType.LOG, "severity": Severity.INFO}
    if kind == "E":
        return {**error, "source": "kubernetes", "error_code": name, "error_message": message}
    if kind == "A":
        return {**error, "source": "alertmanager", "error_code": name, "error_message": message}
    if kind == "N":
        return {**log, "source": "kubernetes", "level": "normal", "message": f"{name}: {message}"}
    if kind == "H":
        status, route, *rest = said.split(" ", 2)
        return {
            **error,
            "source": "gateway",
            "error_code": None,
            "status": int(status),
            "endpoint": route,
            "error_message": " ".join(rest) or None,
        }
    level, severity = {"L": ("error", Severity.HIGH), "W": ("warning", Severity.MEDIUM)}[kind]
    return {**log, "source": "otlp", "level": level, "severity": severity, "message": said}


def signals_of(told: Told, count: int = COUNT) -> list[Signal]:
    """The signals, the lines taking turns."""
    made = []
    for number in range(count):
        line = told.lines[number % len(told.lines)]
        where = {"merchant_id": HURT[number % 2], "occurred_at": minutes(number * 2), "stage": None}
        if line.startswith("T "):
            made.append(make_ticket(number, subject="Help", body=line[2:], **where))
        else:
            made.append(make_signal(number, **{**fields_of(line), **where}))
    return made


def pack() -> DomainPack:
    return load_config(PROJECT / "config").packs["kubernetes"]


def ranked(told: Told, known: DomainPack, count: int = COUNT) -> list[Hypothesis]:
    """What the reasoner makes of it."""
    signals = signals_of(told, count)
    merchants = [make_merchant(name, webhook_version="") for name in (*HURT, "search", "mail")]
    patterns = patterns_of("demo", signals, merchants, thresholds(), known.vocabulary, history=(), now=minutes(60))
    incident = make_incident(merchants=HURT, signal_count=len(signals), last_seen=minutes(count * 2))
    dossier, evidence = build_dossier(
        "demo", incident, signals, patterns, merchants, (), thresholds(), known, minutes(60)
    )
    return score_causes(dossier, evidence, known)


NOISE = (
    "A HighErrorRate | 12% of the requests of frontend fail",
    "L could not retrieve products: rpc error: code = Unavailable desc = transport is closing",
    "H 500 /api/checkout internal error",
    "A HighRequestLatency | p99 latency of frontend is above 2 s",
    "L request to upstream failed: context deadline exceeded",
    "W retrying call, attempt 3",
)
"""What callers of a broken service tell, whatever broke it."""


def amid_noise(told: Told, times: int = 3) -> Told:
    """The same incident, for each of its lines so many of its callers."""
    lines = [told.lines[number % len(told.lines)] for number in range(6)]
    noise = [NOISE[number % len(NOISE)] for number in range(6 * times)]
    return told._replace(lines=(*lines, *noise))
