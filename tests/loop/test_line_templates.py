"""Lines of a log that differ by numbers and ids are one stream, whichever process takes them in, before a restart and
after it.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from app.bootstrap import Application, build_application
from app.domain.signals import Signal, SignalType
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.observe.streams import Readers
from app.schemas.signals import IncomingSignal
from app.services.intake.ingest import accept, keep_signals
from app.services.intake.lines import LINES_NOTE
from app.settings import Settings
from app.system import SteppedClock
from tests.builders import NOW, make_signal, minutes
from tests.faults import pack

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
SEED = 31


def opened(folder: Path) -> Application:
    settings = Settings(data=folder, lite=True, demo=False, log_level="ERROR")
    return build_application(settings, clock=SteppedClock(minutes(60)))


def line(number: int, message: str, level: str = "error") -> Signal:
    return make_signal(
        number,
        signal_type=SignalType.LOG,
        level=level,
        message=message,
        merchant_id=f"M-{number % 3}",
        occurred_at=minutes(number % 50),
    )


def stuck(rng: Random) -> str:
    who = rng.choice(["anna", "ben", "chloe", "dora", "emil", "finn", "gina"])
    return f"worker {rng.randrange(90)} gave up on cart {rng.getrandbits(64):x} of {who} after {rng.random():.2f}s"


def keep(application: Application, made: Sequence[Signal], readers: Readers | None = None) -> None:
    with application.store.write(SCOPE) as session:
        keep_signals(readers or application.ctx.readers, pack().vocabulary, session, made)


def streams(application: Application, prefix: str = "logs|") -> Counter[str]:
    with application.store.read(SCOPE) as session:
        found = session.rollups.between(0, 10**9)
    return Counter({one.stream: int(one.count) for one in found if one.stream.startswith(prefix)})


def test_lines_that_differ_by_values_are_few_streams_and_other_lines_are_others(tmp_path: Path) -> None:
    rng, application = Random(SEED), opened(tmp_path)
    keep(application, [line(n, stuck(rng)) for n in range(200)])
    keep(application, [line(900, "the queue of webhooks is full"), line(901, "the queue of webhooks is full", "info")])
    found = streams(application)
    application.stop()
    assert sum("gave up on cart" in name for name in found) <= 3, f"seed {SEED}: {found}"
    assert {name.split("|")[2] for name in found if "queue" in name} == {"loud", "quiet"}


def test_what_was_learnt_outlives_a_restart(tmp_path: Path) -> None:
    rng, first = Random(SEED), opened(tmp_path)
    keep(first, [line(n, stuck(rng)) for n in range(200)])
    before = streams(first)
    first.stop()
    second = opened(tmp_path)
    keep(second, [line(1_000 + n, stuck(rng)) for n in range(200)])
    after = streams(second)
    with second.store.read(SCOPE) as session:
        kept = session.signals.recent(limit=1)[0]
    second.stop()
    assert after.keys() == before.keys(), f"seed {SEED}"
    assert kept.template and any(name.endswith(f"|{kept.template}") for name in after)


def test_processes_that_take_turns_learn_from_each_other_and_lose_nothing(tmp_path: Path) -> None:
    rng, application = Random(SEED), opened(tmp_path)
    doors = [Readers(), Readers(), Readers()]
    for turn in range(30):
        keep(application, [line(turn * 10 + n, stuck(rng)) for n in range(10)], doors[turn % 3])
        keep(application, [line(5_000 + turn, f"disk {turn} of door {turn % 3} is slow")], doors[turn % 3])
    found = streams(application)
    with application.store.read(SCOPE) as session:
        state = session.notes.get(LINES_NOTE)
    application.stop()
    assert state is not None and json.loads(state["state"])["gatherings"]
    assert sum("gave up on cart" in name for name in found) <= 3, f"seed {SEED}: {found}"
    assert sum("is slow" in name for name in found) == 1


def test_what_is_kept_of_hostile_lines_is_bounded_and_a_broken_state_stops_nothing(tmp_path: Path) -> None:
    rng, application = Random(SEED), opened(tmp_path)
    words = ["".join(rng.choices("abcdefghij", k=12)) for _ in range(3_000)]
    keep(application, [line(n, " ".join(rng.choices(words, k=rng.randrange(2, 80)))) for n in range(3_000)])
    with application.store.read(SCOPE) as session:
        assert len(json.dumps(session.notes.get(LINES_NOTE))) < 1_000_000
    with application.store.write(SCOPE) as session:
        session.notes.put(LINES_NOTE, {"state": "no state at all"})
    keep(application, [line(9_000, "the queue of webhooks is full")], Readers())
    assert sum("queue" in name for name in streams(application)) == 1
    application.stop()


@pytest.mark.parametrize("kind", ["api_error", "webhook_failure"])
def test_a_failure_is_named_by_its_message_only_where_neither_code_nor_status_tells(tmp_path: Path, kind: str) -> None:
    application = opened(tmp_path)

    def item(number: int, **said: object) -> IncomingSignal:
        fields = {
            "signal_type": kind,
            "source": "probe",
            "event_id": f"E-{number}",
            "merchant_id": f"M-{number}",
            "occurred_at": NOW.isoformat(),
            "endpoint": "/pay",
        }
        return IncomingSignal.model_validate({**fields, **said}, strict=False)

    for number in range(4):
        accept(application.ctx, SCOPE, [item(number, error_message=f"shard {number} of till {number + 7} is locked")])
    again = accept(application.ctx, SCOPE, [item(0, error_message="shard 0 of till 7 is locked")])
    accept(application.ctx, SCOPE, [item(10, error_message="shard 9 is locked", status=503)])
    found = streams(application, "errors|")
    application.stop()
    assert again.duplicates == 1 and again.conflicts == []
    assert sorted(name.rpartition("|")[2] for name in found) == ["503", "shard <*> of till <*> is locked"]
