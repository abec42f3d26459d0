"""Many cycles at once over the same signals: every signal ends in one incident, and the incidents are those of one
cycle after another.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.bootstrap import Application
from app.domain.base import Severity
from app.domain.errors import Temporary
from app.domain.signals import SignalType
from app.domain.tenants import Scope
from app.schemas.signals import IncomingSignal
from app.services.agent import cycle
from app.services.intake import ingest
from app.services.watch import sweep
from tests.builders import minutes
from tests.conftest import new_database
from tests.durability import oracle
from tests.durability.concurrency import Branch, Deed, Said, crowd, open_branch, play, rounds
from tests.durability.worker_driver import open_world
from tests.durability.world import Case as Fault
from tests.durability.world import code_of, merchants_of, specs_in, tenant_of

TENANT = "storm"
TOOLS = ("asked_note", "asked_report", "asked_page")
EVERY_ONE = 100_000
Incidents = dict[str, frozenset[str]]


@cache
def the_faults(count: int) -> tuple[Fault, ...]:
    return tuple(Fault(number, TENANT, TOOLS[number % len(TOOLS)]) for number in range(count))


def reported(signals: int, faults: int, seed: int) -> list[IncomingSignal]:
    """So many reports of so many faults, in an order drawn by the seed."""
    draw = Random(seed)
    found = []
    for number in range(signals):
        fault = number % faults
        one = the_faults(faults)[fault]
        where = {"merchant_id": one.merchants[0], "endpoint": one.endpoint, "error_code": code_of(one.tool)}
        fields = {
            "signal_type": SignalType.API_ERROR,
            "source": "trial",
            "severity": Severity.HIGH,
            "status": 500,
            "event_id": f"{fault}-{number}",
        }
        found.append(
            IncomingSignal.model_validate({**fields, **where, "occurred_at": minutes(-30 + 29 * number / signals)})
        )
    draw.shuffle(found)
    return found


def run_cycle(application: Application, _who: str, _item: Any) -> None:
    """What each hand does."""
    cycle.run_cycle(application.ctx, Scope(tenant_id=TENANT))


def open_tenant(application: Application, faults: int) -> Scope:
    scope = Scope(tenant_id=TENANT)
    application.store.put_tenant(tenant_of(TENANT))
    with application.store.write(scope) as session:
        session.merchants.put(merchants_of(the_faults(faults)))
        session.notes.put("clock", {"now": minutes(0).isoformat()})
    return scope


def incidents_of(application: Application) -> Incidents:
    """Every incident by its id, with the signals that joined it."""
    with application.store.read(Scope(tenant_id=TENANT)) as session:
        found = session.incidents.page(limit=EVERY_ONE)
        return {
            incident.id: frozenset(signal.id for signal in session.signals.of_incident(incident.id))
            for incident in found
        }


def signals_in_one_each(application: Application, incidents: Incidents, accepted: Sequence[str]) -> None:
    joined = [name for names in incidents.values() for name in names]
    assert len(joined) == len(set(joined)), "a signal is in two incidents"
    assert set(joined) <= set(accepted)
    with application.store.read(Scope(tenant_id=TENANT)) as session:
        assert session.signals.count() == len(accepted)
        assert session.signals.count(unswept=True) == 0
        assert all(session.incidents.get(name).signal_count == len(names) for name, names in incidents.items())


def faults_are_whole(application: Application, incidents: Incidents, faults: int) -> None:
    """Every fault is in one incident. Two that answer with the same code may be taken for one, depending on how much of
    them had come in by the first look; two of different codes never are.
    """
    homes: dict[str | None, set[str]] = {}
    with application.store.read(Scope(tenant_id=TENANT)) as session:
        for name in incidents:
            joined = session.signals.of_incident(name)
            assert len({signal.error_code for signal in joined}) <= 1, "an incident of two codes"
            for signal in joined:
                homes.setdefault(signal.endpoint, set()).add(name)
    assert len(homes) == faults
    assert all(len(names) == 1 for names in homes.values()), "a fault is in two incidents"


def serial(folder: Path, config: Path, batches: Sequence[Sequence[IncomingSignal]], faults: int) -> Incidents:
    """What one cycle after another makes of the same signals."""
    folder.mkdir()
    effects = open_world(Branch(folder, config))
    application = open_branch(Branch(folder, config), effects)
    scope = open_tenant(application, faults)
    for batch in batches:
        ingest.accept(application.ctx, scope, batch)
        cycle.run_cycle(application.ctx, scope)
    found = incidents_of(application)
    application.stop()
    effects.close()
    return found


@pytest.fixture(params=["sqlite threads", "postgres processes"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, trial_config: Path) -> Iterator[tuple[Application, Any, Any]]:
    """The application that looks on, how many hands run cycles at once, and the world outside."""
    url = new_database(request.getfixturevalue("postgres_server")) if request.param.startswith("postgres") else None
    long = request.node.get_closest_marker("long") is not None
    processes, threads = (4 if long else 2, 8 if long else 4) if url else (0, 32 if long else 8)
    place = Branch(tmp_path / "storm", trial_config, url)
    place.folder.mkdir()
    effects = open_world(place)
    application = open_branch(place, effects)
    with ExitStack() as stack:
        members = stack.enter_context(crowd(place.folder, trial_config, url, processes)) if url else []

        def storm(turns: int) -> list[Said]:
            deeds = [Deed(run_cycle, f"hand-{number}") for number in range(threads)]
            if not members:
                return [said for told in rounds(application, deeds, list(range(turns))) for said in told]
            for member in members:
                member.start(play, deeds=deeds, items=list(range(turns)))
            return [said for member in members for told in member.answer() for said in told]

        yield application, storm, effects
    application.stop()
    effects.close()


def all_ended_well(told: Sequence[Said]) -> None:
    """Every cycle was answered, however many others were sweeping."""
    assert [said for said in told if not said.won] == []


def weather(
    stage: tuple[Application, Any, Any],
    config: Path,
    reference: Incidents,
    batches: Sequence[Sequence[IncomingSignal]],
    faults: int,
) -> None:
    """A storm of cycles over signals that are all there."""
    application, storm, effects = stage
    scope = open_tenant(application, faults)
    accepted = [name for batch in batches for name in ingest.accept(application.ctx, scope, batch).signal_ids]
    told = storm(1)
    all_ended_well(told)
    found = incidents_of(application)
    signals_in_one_each(application, found, accepted)
    assert found == reference
    wrong = oracle.check(
        application.store,
        effects,
        specs_in(config),
        accepted={TENANT: accepted},
        anchor=application.ctx.anchor,
        drained=False,
    )
    assert wrong == []
    print(f"{len(told)} cycles at once over {len(accepted)} signals: {len(found)} incidents")


def drizzle(
    stage: tuple[Application, Any, Any], config: Path, batches: Sequence[Sequence[IncomingSignal]], faults: int
) -> None:
    """A storm of cycles while signals keep coming in."""
    application, storm, effects = stage
    scope = open_tenant(application, faults)
    accepted: list[str] = []

    def bring() -> None:
        for batch in batches:
            accepted.extend(ingest.accept(application.ctx, scope, batch).signal_ids)

    bringing = threading.Thread(target=bring)
    bringing.start()
    told = storm(3)
    bringing.join(120)
    cycle.run_cycle(application.ctx, scope)
    all_ended_well(told)
    found = incidents_of(application)
    signals_in_one_each(application, found, accepted)
    assert sum(map(len, found.values())) == len(accepted)
    faults_are_whole(application, found, faults)
    wrong = oracle.check(
        application.store,
        effects,
        specs_in(config),
        accepted={TENANT: accepted},
        anchor=application.ctx.anchor,
        drained=False,
    )
    assert wrong == []


def in_batches(items: Sequence[IncomingSignal], size: int) -> list[Sequence[IncomingSignal]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def drawn() -> int:
    seed = Random().randrange(2**32)
    print(f"seed {seed}")
    return seed


def test_many_cycles_at_once_make_the_incidents_that_one_makes(stage: Any, tmp_path: Path, trial_config: Path) -> None:
    items = reported(120, 8, drawn())
    reference = serial(tmp_path / "serial", trial_config, [items], 8)
    weather(stage, trial_config, reference, in_batches(items, 40), 8)


def test_signals_that_arrive_during_many_cycles_join_one_incident_each(stage: Any, trial_config: Path) -> None:
    drizzle(stage, trial_config, in_batches(reported(120, 4, drawn()), 10), 4)


@pytest.mark.long
def test_32_cycles_at_once_over_1000_signals_make_the_incidents_that_one_makes(
    stage: Any, tmp_path: Path, trial_config: Path
) -> None:
    items = reported(1_000, 60, drawn())
    reference = serial(tmp_path / "serial", trial_config, [items], 60)
    weather(stage, trial_config, reference, in_batches(items, 100), 60)


@pytest.mark.long
def test_1000_signals_that_arrive_during_32_cycles_join_one_incident_each(stage: Any, trial_config: Path) -> None:
    drizzle(stage, trial_config, in_batches(reported(1_000, 20, drawn()), 20), 20)


def test_a_second_sweep_is_refused_while_one_is_under_way(stage: Any) -> None:
    application, _, _ = stage
    scope = open_tenant(application, 1)
    with application.store.write(scope) as session:
        fence = session.leases.take("sweep", "another process", seconds=60)
    assert fence is not None
    with pytest.raises(Temporary, match="another process is sweeping this tenant"):
        sweep.sweep_tenant(application.ctx, scope)
    with application.store.write(scope) as session:
        session.leases.release(fence)
    assert sweep.sweep_tenant(application.ctx, scope).signals == 0
