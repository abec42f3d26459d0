"""A whole platform on a simulated clock: it lives by itself, answers tools, and knows what is really wrong with it.

Everything follows from the scenario, the seed and the calls that tools made; what was computed is kept only for speed.
So a world can be written down in a few lines, and comes back the same in any process.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.domain.base import digest_of
from app.domain.errors import Conflict
from app.domain.merchants import Merchant, Plain
from app.domain.signals import Signal, SignalType, signal_id
from app.schemas.signals import IncomingSignal
from simulations.scenario import Remedy, Scenario
from simulations.world.directory import is_shown_within, is_told, list_attributes
from simulations.world.fault_truth import STRAY_STREAMS, read_tallies, sum_losses, tell_decoy, tell_fault
from simulations.world.merchant_slot import REACH, SLOT_MS, SLOTS_AN_HOUR, Entry, Tally
from simulations.world.planted_faults import (
    NEVER,
    Course,
    Trouble,
    as_of,
    build_breakages,
    falls_ill_by_moving,
    is_spared,
    own_start,
    plant_troubles,
    select_reached_people,
)
from simulations.world.population import (
    HOUR_MS,
    MINUTE_MS,
    Inhabitant,
    attribute_values,
    moment_of,
    ms_of,
    populate_platform,
)
from simulations.world.telemetry import Telemetry
from simulations.world.tool_effects import (
    BROKEN,
    QUERY_LINES,
    QUERY_MINUTES,
    SETTING_OF,
    Body,
    Call,
    Does,
    Hand,
    Levers,
    build_refusal,
    reference_of,
)
from simulations.world.truth import DECOY, NOBODY, FaultTruth, Truth, Worth

KEPT_SLOTS: Final = 36
_KEPT: Final = frozenset(Signal.model_fields)
"""How far back arrivals are kept at hand; what is older is computed again when somebody asks."""


class World:
    """One scenario, alive."""

    def __init__(self, scenario: Scenario, seed: int | None = None, *, began: datetime | None = None) -> None:
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        self.began = scenario.clock.start if began is None else began
        self.origin_ms = ms_of(self.began)
        self.first_ms = self.origin_ms - scenario.clock.history * HOUR_MS
        """From when on it can be asked; between here and its beginning lies a history without anything planted."""
        self._now_ms = self.origin_ms
        self.people = populate_platform(scenario.platform, self.seed, self.origin_ms)
        self._of_id: dict[str, Inhabitant] = {one.id: one for one in self.people}
        planned = plant_troubles(scenario, self.origin_ms)
        self.troubles = (*planned, *build_breakages(scenario, len(planned), self.origin_ms))
        self._covered = [select_reached_people(trouble, self.people) for trouble in self.troubles]
        self._reached = [
            tuple(one for one in covered if not is_spared(self.seed, trouble, one))
            for trouble, covered in zip(self.troubles, self._covered, strict=True)
        ]
        values, blank = attribute_values(scenario.platform), "attributes" in scenario.withheld
        self._shown = {
            one.id: list_attributes(scenario.directory, self.seed, one, values, withheld=blank) for one in self.people
        }
        self._mine = _by_merchant(self._reached)
        self._starts = {
            (t.index, one.id): own_start(self.seed, t, one) for t in self.troubles for one in self._reached[t.index]
        }
        self._does: dict[str, Does] = {one.tool: one.does for one in scenario.tools}
        self.levers = Levers(self._of_id)
        self._ended: dict[int, int] = {}
        self._worse: dict[int, list[tuple[int, float]]] = {}
        self._calls: list[dict[str, Any]] = []
        self._answers: dict[str, tuple[str, Body | None, Call]] = {}
        self._telemetry = Telemetry(scenario, self.seed, self.people, self.origin_ms)
        self._courses = {one.id: self._courses_of(one.id) for one in self.people if one.id in self._mine}
        self._buckets: dict[int, list[Entry]] = {}
        self._tallies: dict[int, Tally] = {}
        self._looks: tuple[int, dict[tuple[Plain, ...], int]] = (0, {})
        self._from = self._next = self._slot(self.first_ms)

    # --- what is said
    # --------------------------------------------------------------------------------------------------

    def merchants(self) -> list[Merchant]:
        """The directory as it is now, by id."""
        return [self._listed(self._of_id[key]) for key in sorted(self._of_id)]

    def listed(self, merchant_id: str) -> Merchant:
        """One merchant as the directory lists them now."""
        return self._listed(self._of_id[merchant_id])

    def _listed(self, one: Inhabitant) -> Merchant:
        stage = self._telemetry.stage_of(one, self._now_ms)
        changed = {} if "attributes" in self.scenario.withheld else self.levers.changed(one.id)
        return one.listed(stage, self._telemetry.cutovers[one.id], self._shown[one.id], changed)

    def arrivals(self, since: datetime, until: datetime) -> list[IncomingSignal]:
        """Everything that arrives in [since, until), in order of arrival, however the time is cut."""
        first, last = max(ms_of(since), self.first_ms), ms_of(until)
        self._now_ms = max(self._now_ms, last)
        if last <= first:
            return []
        entries = self._entries(first, last)
        self._forget(self._slot(first) - KEPT_SLOTS)
        return [entry.signal for entry in entries]

    def _entries(self, first: int, last: int) -> list[Entry]:
        since, until = self._slot(first), self._slot(last - 1)
        if since < self._from or since - REACH > self._next:
            self._restart(since)
        while self._next <= until:
            self._live(self._next)
            self._next += 1
        found = [
            entry
            for slot in range(since, until + 1)
            for entry in self._buckets.get(slot, ())
            if first <= entry.arrives_ms < last
        ]
        return sorted(found, key=lambda entry: (entry.arrives_ms, entry.event_id))

    def _slot(self, ms: int) -> int:
        return (ms - self.origin_ms) // SLOT_MS

    def _restart(self, slot: int) -> None:
        """Compute again from where something may still arrive in this slot, at a full hour."""
        start = max(self._slot(self.first_ms), slot - REACH)
        self._next = self._from = start - start % SLOTS_AN_HOUR
        self._buckets.clear()

    def _live(self, slot: int) -> None:
        entries, self._tallies[slot] = self._telemetry.slot(slot, self._courses, self._tallies)
        for entry in entries:
            self._buckets.setdefault((entry.arrives_ms - self.origin_ms) // SLOT_MS, []).append(entry)

    def _forget(self, slot: int) -> None:
        for old in range(self._from, min(slot, self._next)):
            self._buckets.pop(old, None)
            if old - SLOTS_AN_HOUR in self._tallies:
                self._tallies[old - SLOTS_AN_HOUR].finished.clear()
        self._from = max(self._from, min(slot, self._next))

    def _change_from(self, ms: int) -> None:
        """What was computed for later than a moment holds no more."""
        slot = self._slot(max(ms, self.first_ms))
        self._tallies = {at: tally for at, tally in self._tallies.items() if at < slot}
        self._looks = (-1, {})
        if slot >= self._next:
            return
        if slot < self._from:
            self._restart(slot)
            return
        self._next = slot
        self._buckets = {at: [entry for entry in found if entry.slot < slot] for at, found in self._buckets.items()}

    # --- what tools do
    # -------------------------------------------------------------------------------------------------

    def apply(
        self, tool: str, arguments: Mapping[str, Any], *, key: str, at: datetime, about: Iterable[int] | None = None
    ) -> Body:
        """Answer a call once per key; a refusal is an answer too, and as final under its key. Where it is known which
        faults a call to people is about, it helps against no other.
        """
        asked = digest_of([tool, dict(arguments)])
        known = self._answers.get(key)
        if known is not None:
            if known[0] != asked:
                return build_refusal(Conflict("this key was used for another request"))
            return self._answered(key)
        ms = ms_of(at)
        self._now_ms = max(self._now_ms, ms)
        meant = None if about is None else frozenset(about)
        call = Call(tool, dict(arguments), key, ms, reference_of(self.seed, tool, key), self._does.get(tool, ""), meant)
        answer = self._done(call)
        told = {"tool": tool, "arguments": dict(arguments), "key": key, "at_ms": ms}
        self._calls.append(told if meant is None else {**told, "about": sorted(meant)})
        self._answers[key] = (asked, None if self._asks_logs(call, answer) else answer, call)
        return self._answered(key)

    def look(self, key: str) -> Body | None:
        """The answer an earlier call under this key was given."""
        return self._answered(key) if key in self._answers else None

    def find(self, reference: str) -> bool:
        """Whether what a call answered with this reference is still there."""
        return self.levers.find(reference)

    def _answered(self, key: str) -> Body:
        asked, answer, call = self._answers[key]
        if answer is None:
            answer = {"http_status": 200, "reference": call.reference, "body": self._logs(call)}
            self._answers[key] = (asked, answer, call)
        return answer

    def _asks_logs(self, call: Call, answer: Body) -> bool:
        return call.tool == "query_logs" and answer["http_status"] == 200

    def _logs(self, call: Call) -> Body:
        """What was reported lately; the query is a plain text that must occur in a line, * stands for everything."""
        query, minutes = str(call.arguments["query"]).strip().casefold(), call.option("minutes", QUERY_MINUTES)
        wanted = call.arguments.get("merchant_ids") or None
        kinds = (SignalType.LOG, SignalType.API_ERROR, SignalType.WEBHOOK_FAILURE)
        entries = (
            self._entries(max(self.origin_ms, call.at_ms - minutes * MINUTE_MS), call.at_ms)
            if call.at_ms > self.origin_ms
            else []
        )
        signals = [
            entry.signal
            for entry in entries
            if entry.signal.signal_type in kinds and (wanted is None or entry.signal.merchant_id in wanted)
        ]
        lines = [line for line in map(_render_log_line, signals) if query == "*" or query in line.casefold()]
        return {"matches": len(lines), "lines": lines[-call.option("limit", QUERY_LINES) :]}

    def _done(self, call: Call) -> Body:
        """Carry it out, and let the faults feel it."""
        before = dict(self.levers.records)
        touched, holds = self._about(call), list(self.levers.holds)
        answer = self.levers.answer(call)
        if call.works and answer["http_status"] in (200, 500):
            if call.tool not in SETTING_OF and call.tool != "restore_setting":
                touched = self._platform_wide(call, before)
            if holds != self.levers.holds:
                self._move_cutovers()
                touched = set(self._mine)
            self._feel(touched, call.at_ms, moved=holds != self.levers.holds)
        return answer

    def _about(self, call: Call) -> set[str]:
        """The merchants a call can change."""
        named = call.arguments.get("merchant_ids")
        return {str(one) for one in named} if isinstance(named, list | tuple) else set()

    def _feel(self, touched: Iterable[str], ms: int, *, moved: bool = False) -> None:
        changed = moved
        for key in touched:
            if key in self._mine:
                self._courses[key] = self._courses_of(key)
                changed = True
        if changed:
            self._change_from(ms)

    def _move_cutovers(self) -> None:
        """A wave that is held does not move; when the hold is lifted it does."""
        late = {one.id: one.cutover_ms and self.levers.freed(one.wave, one.cutover_ms) for one in self.people}
        self._telemetry.cutovers = late

    def _platform_wide(self, call: Call, before: Mapping[str, Any]) -> set[str]:
        """What a call without merchants does to whole faults: people begin to work on it, or are called back."""
        if call.tool == "withdraw_escalation":
            return self._called_back(call, before)
        touched: set[str] = set()
        for trouble in self._meant(call):
            remedy, harm = _find_remedy(trouble.cured_by, call), _find_remedy(trouble.harmed_by, call)
            if remedy is not None and call.does != "harms":
                self._ended[trouble.index] = min(
                    self._ended.get(trouble.index, NEVER), call.at_ms + round(remedy.after_minutes * MINUTE_MS)
                )
            elif harm is not None or call.does == "harms":
                factor, after = (BROKEN, 2.0) if harm is None else (harm.factor, harm.after_minutes)
                self._worse.setdefault(trouble.index, []).append((call.at_ms + round(after * MINUTE_MS), factor))
            touched |= {one.id for one in self._reached[trouble.index]}
        return touched

    def _called_back(self, call: Call, before: Mapping[str, Any]) -> set[str]:
        """An escalation that is withdrawn before anything was mended mends nothing."""
        record = before.get(str(call.arguments.get("reference")))
        touched: set[str] = set()
        for trouble in self.troubles if record is not None and record.closed_ms is None else ():
            remedy = _find_remedy(trouble.cured_by, record.call) if record is not None else None
            if remedy is None or record is None:
                continue
            due = record.call.at_ms + round(remedy.after_minutes * MINUTE_MS)
            if due > call.at_ms and self._ended.get(trouble.index) == due:
                del self._ended[trouble.index]
                touched |= {one.id for one in self._reached[trouble.index]}
        return touched

    def _meant(self, call: Call) -> list[Trouble]:
        """The faults a call to people is about, of those under way: those it is known to be about, else those that its
        words name, else all.
        """
        if call.tool in ("hold_cutover_wave", "release_cutover_wave"):
            return []
        there = [
            t
            for t in self.troubles
            if t.number != NOBODY and t.onset_ms <= call.at_ms < min(t.ends_ms, self._ended.get(t.index, NEVER))
        ]
        if call.about is not None:
            return [trouble for trouble in there if trouble.number in call.about]
        words = " ".join(str(call.arguments.get(name, "")) for name in ("title", "summary", "document", "change"))
        named = [trouble for trouble in there if any(code in words for code in trouble.codes)]
        return named or there

    def _courses_of(self, merchant_id: str) -> list[Course]:
        return [self._course(self.troubles[index], self._of_id[merchant_id]) for index in self._mine[merchant_id]]

    def _course(self, trouble: Trouble, one: Inhabitant) -> Course:
        """How bad one trouble is for one merchant over time, after everything that tools have done."""
        if trouble.wrecks:
            return Course(trouble, self._breakage(one.id, trouble.wrecks))
        start: int | None = self._starts[trouble.index, one.id]
        if start is not None and (trouble.held_back or falls_ill_by_moving(trouble, one)):
            start = self.levers.freed(one.wave, start)
        end = min(trouble.ends_ms, self._ended.get(trouble.index, NEVER))
        if start is None or end <= start:
            return Course(trouble, [(0, 0.0)])
        layers = [
            self._layer(trouble, one.id, setting) for setting in _SETTINGS if (one.id, setting) in self.levers.turns
        ]
        layers += [[(at, factor)] for at, factor in self._worse.get(trouble.index, ())]
        marks = sorted({start, *(at for layer in layers for at, _ in layer if start < at < end)})
        steps = [(0, 0.0)]
        for mark in marks:
            level = 1.0
            for layer in layers:
                level *= next((factor for at, factor in reversed(layer) if at <= mark), 1.0)
            steps.append((mark, level))
        return Course(trouble, [*steps, *([(end, 0.0)] if end < NEVER else [])])

    def _breakage(self, merchant_id: str, setting: str) -> list[tuple[int, float]]:
        """When a setting is broken: from a harming call on, until the setting is changed or put back."""
        steps = [(0, 0.0)]
        for turn in self.levers.turns.get((merchant_id, setting), ()):
            harm = turn.after.call is not None and turn.after.call.does == "harms"
            steps = [step for step in steps if step[0] <= turn.at_ms]
            steps.append((turn.at_ms + 2 * MINUTE_MS if harm else turn.at_ms, float(harm)))
        return steps

    def _layer(self, trouble: Trouble, merchant_id: str, setting: str) -> list[tuple[int, float]]:
        """What one setting does to a trouble over time. A change that was overtaken before it took effect
        never does.
        """
        layer: list[tuple[int, float]] = []
        for turn in self.levers.turns[merchant_id, setting]:
            factor, after = _weigh_setting(trouble, turn.after)
            _, before = _weigh_setting(trouble, turn.before)
            layer = [step for step in layer if step[0] <= turn.at_ms]
            layer.append((turn.at_ms + max(after, before), factor))
        return layer

    # --- the truth
    # -----------------------------------------------------------------------------------------------------

    def worth(
        self, tool: str, arguments: Mapping[str, Any], at: datetime, about: Iterable[int] | None = None
    ) -> tuple[Worth, tuple[int, ...]]:
        """What such a call would be worth now, and which faults it cures."""
        ms, known = ms_of(at), None if about is None else frozenset(about)
        call = Call(tool, dict(arguments), "", ms, "", self._does.get(tool, ""), known)
        if tool in ("hold_cutover_wave", "release_cutover_wave"):
            return self._worth_of_hold(call)
        if tool in SETTING_OF or tool == "restore_setting":
            return self._worth_of_setting(call)
        if not call.works:
            return "harmless", ()
        meant = self._meant(call)
        if call.does == "harms" or any(_find_remedy(t.harmed_by, call) for t in meant):
            return ("harms" if meant else "harmless"), ()
        cured = tuple(t.number for t in meant if _find_remedy(t.cured_by, call))
        return ("cures" if cured else "harmless"), cured

    def _worth_of_setting(self, call: Call) -> tuple[Worth, tuple[int, ...]]:
        cured: set[int] = set()
        harmed = call.does == "harms" and bool(self._about(call) & set(self._of_id))
        for key in sorted(self._about(call) & set(self._mine)) if call.works else ():
            setting = str(call.arguments.get("setting")) if call.tool == "restore_setting" else SETTING_OF[call.tool]
            turns = self.levers.turns.get((key, setting), [])
            before = self.levers.hand(key, setting)
            after = (
                turns[-1].before
                if call.tool == "restore_setting" and call.does != "harms" and turns
                else Hand(before.value, call)
            )
            for course in self._courses[key]:
                if course.trouble.number == NOBODY or not _is_live_or_ahead(
                    course, call.at_ms, before, self._starts[course.trouble.index, key]
                ):
                    continue
                was, becomes = _weigh_setting(course.trouble, before)[0], _weigh_setting(course.trouble, after)[0]
                harmed = harmed or becomes > was
                cured |= {course.trouble.number} if becomes == 0 < was else set()
        return ("harms" if harmed else "cures" if cured else "useless"), tuple(sorted(cured))

    def _worth_of_hold(self, call: Call) -> tuple[Worth, tuple[int, ...]]:
        """Holding spares those of the wave who are not ill yet; releasing lets them fall ill."""
        wave = call.arguments.get("wave")
        held = isinstance(wave, int) and self.levers.held(wave, call.at_ms)
        ahead = {
            trouble.number
            for trouble in self.troubles
            if trouble.number != NOBODY
            and trouble.onset_ms <= call.at_ms < min(trouble.ends_ms, self._ended.get(trouble.index, NEVER))
            for one in self._reached[trouble.index]
            if one.wave == wave and self._starts[trouble.index, one.id] > call.at_ms
            if trouble.held_back or falls_ill_by_moving(trouble, one)
        }
        if not call.works or not ahead or held == (call.tool == "hold_cutover_wave"):
            return "useless", ()
        return ("cures", tuple(sorted(ahead))) if call.tool == "hold_cutover_wave" else ("harms", ())

    def blame(self, signal: IncomingSignal | Signal) -> int:
        """The planted fault a signal belongs to; a decoy's number lies below that of NOBODY, to whom the ordinary ones
        belong.
        """
        count = sum(len(tally.blamed) for tally in self._tallies.values())
        if count != self._looks[0]:
            found = (one for tally in self._tallies.values() for one in tally.blamed)
            self._looks = count, {_looks_of(one.signal): one.number for one in found}
        return self._looks[1].get(_looks_of(signal), NOBODY)

    def count_blamed(self, signals: Iterable[IncomingSignal | Signal], until: datetime) -> Counter[int]:
        """How many of some signals belong to which planted fault or decoy."""
        self._know(ms_of(until))
        return Counter(self.blame(signal) for signal in signals)

    def blame_ids(self, tenant_id: str) -> Mapping[str, int]:
        """The fault of every signal that has one, by the id it gets when this tenant takes it in."""
        self._know(self._now_ms)
        found = (one for slot in sorted(self._tallies) for one in self._tallies[slot].blamed)
        return {_kept_id(one.signal, tenant_id): one.number for one in found}

    def _know(self, until_ms: int) -> None:
        """See to it that the truth of every slot up to a moment is written down."""
        for slot in range(self._slot(max(until_ms, self.origin_ms) - 1) + 1):
            if slot not in self._tallies:
                _, self._tallies[slot] = self._telemetry.slot(slot, self._courses, self._tallies)

    def truth(self, until: datetime) -> Truth:
        """Everything that was wrong up to a moment."""
        ms = ms_of(until)
        self._know(ms)
        faults = tuple(self._fault_truth(trouble, ms) for trouble in self.troubles if trouble.number != NOBODY)
        return Truth(
            scenario=self.scenario.id,
            seed=self.seed,
            began=self.began,
            ended=until,
            merchants=len(self.people),
            faults=faults,
            decoys=tuple(
                tell_decoy(trouble, [one.id for one in self._reached[trouble.index]])
                for trouble in self.troubles
                if trouble.blame <= DECOY
            ),
            forbidden=_list_forbidden_causes(self.troubles),
        )

    def _fault_truth(self, trouble: Trouble, until: int) -> FaultTruth:
        tallies = [self._tallies[slot] for slot in sorted(self._tallies)]
        courses = {
            key: course
            for key, mine in self._courses.items()
            for course in mine
            if course.trouble.index == trouble.index
        }
        written = read_tallies(tallies, trouble.number, until)
        covered = self._covered[trouble.index]
        told = tell_fault(trouble, written, courses, self.scenario, until, pays=self._telemetry.pays)
        return told.changed(
            exposed=tuple(sorted({*told.exposed, *(one.id for one in covered)})),
            moving={
                one.id: moment_of(one.cutover_ms)
                for one in covered
                if one.cutover_ms is not None and falls_ill_by_moving(trouble, one)
            },
            untold=tuple(sorted(one.id for one in covered if not is_told(trouble.scope, one, self._shown[one.id]))),
            shown=tuple(
                sorted(
                    one.id
                    for one in self.people
                    if is_shown_within(trouble.scope, as_of(one, until), self._shown[one.id])
                )
            ),
            hidden=bool(set(trouble.scope) & set(self.scenario.directory.hidden)),
        )

    def lost_until(self, number: int, until: datetime) -> dict[str, int]:
        """What a fault had cost by a moment, by currency in minor units."""
        self._know(ms_of(until))
        lost = [
            one
            for tally in self._tallies.values()
            for one in tally.lost
            if one.number == number and one.ms < ms_of(until)
        ]
        return sum_losses(lost) if self._telemetry.pays else {}

    def usual_strays(self, merchants: Container[str], since: datetime, until: datetime, streams: int) -> float:
        """How many stray errors some merchants have in so many streams in [since, until), on the average."""
        days, rate = max(0.0, (until - since).total_seconds() / 86_400), self.scenario.noise.hiccups_per_day
        mean = self.scenario.platform.journeys_per_day
        shares = (0.5 + 0.5 * one.journeys_per_day / mean for one in self.people if one.id in merchants)
        return days * rate * sum(shares) * min(1.0, streams / STRAY_STREAMS)

    def count_touched(self, merchants: Container[str], since: datetime, until: datetime) -> dict[int, int]:
        """How many affected events each fault had among some merchants in [since, until): what is missing there, or too
        much, because of it.
        """
        first, last = ms_of(since), ms_of(until)
        return Counter(
            one.number
            for tally in self._tallies.values()
            for one in tally.touched
            if first <= one.ms < last and one.merchant_id in merchants
        )

    # --- how it is kept
    # ------------------------------------------------------------------------------------------------

    def plain(self) -> dict[str, Any]:
        """All that cannot be computed again."""
        return {
            "scenario": self.scenario.plain(),
            "seed": self.seed,
            "began": self.began.isoformat(),
            "calls": list(self._calls),
        }

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> "World":
        """The world that was written down."""
        world = cls(
            Scenario.model_validate(plain["scenario"]), plain["seed"], began=datetime.fromisoformat(plain["began"])
        )
        for call in plain["calls"]:
            world._repeat(call)
        return world

    def _repeat(self, told: Mapping[str, Any]) -> None:
        tool, arguments, key, ms = told["tool"], dict(told["arguments"]), told["key"], told["at_ms"]
        self._now_ms = max(self._now_ms, ms)
        meant = frozenset(told["about"]) if "about" in told else None
        call = Call(tool, arguments, key, ms, reference_of(self.seed, tool, key), self._does.get(tool, ""), meant)
        answer = self._done(call)
        self._calls.append(dict(told))
        self._answers[key] = (digest_of([tool, arguments]), None if self._asks_logs(call, answer) else answer, call)


def kept_of(signal: IncomingSignal, tenant_id: str) -> Signal:
    """A signal of a world as a tenant keeps it that heard of it at once: what is told twice is one."""
    fields = {name: value for name, value in vars(signal).items() if name in _KEPT}
    return Signal.model_validate({**fields, "id": _kept_id(signal, tenant_id), "received_at": signal.occurred_at})


def _kept_id(signal: IncomingSignal, tenant_id: str) -> str:
    return signal_id(tenant_id, [signal.source, signal.signal_type.value, signal.event_id])


_SETTINGS: Final = tuple(SETTING_OF.values())


def _by_merchant(reached: Sequence[Sequence[Inhabitant]]) -> dict[str, list[int]]:
    mine: dict[str, list[int]] = {}
    for index, people in enumerate(reached):
        for one in people:
            mine.setdefault(one.id, []).append(index)
    return mine


def _find_remedy(remedies: Iterable[Remedy], call: Call) -> Remedy | None:
    """The remedy a call is, if any."""
    return next(
        (
            one
            for one in remedies
            if one.tool == call.tool and all(call.arguments.get(k) == v for k, v in one.arguments.items())
        ),
        None,
    )


def _weigh_setting(trouble: Trouble, hand: Hand) -> tuple[float, int]:
    """What a setting as it stands does to a trouble, and after how many milliseconds."""
    if hand.call is None or trouble.number == NOBODY:
        return 1.0, 0
    if hand.call.does == "harms":
        return BROKEN, 2 * MINUTE_MS
    cure, harm = _find_remedy(trouble.cured_by, hand.call), _find_remedy(trouble.harmed_by, hand.call)
    if cure is not None:
        return 0.0, round(cure.after_minutes * MINUTE_MS)
    return (1.0, 0) if harm is None else (harm.factor, round(harm.after_minutes * MINUTE_MS))


def _is_live_or_ahead(course: Course, ms: int, hand: Hand, start: int) -> bool:
    """Whether a trouble is there, is to come, or would be there without what a tool has done."""
    if course.level(ms) > 0 or ms < course.begins < NEVER:
        return True
    cured = _weigh_setting(course.trouble, hand)[0] == 0
    return cured and start <= ms < course.trouble.ends_ms


def _list_forbidden_causes(troubles: Sequence[Trouble]) -> tuple[str, ...]:
    """Causes that only the look of it suggests: none of them is true."""
    true = {trouble.kind for trouble in troubles if trouble.number != NOBODY}
    return tuple(sorted({cause for trouble in troubles for cause in trouble.tempts} - true))


def _looks_of(signal: IncomingSignal | Signal) -> tuple[Plain, ...]:
    """What an emitted signal and the one that a tenant kept have in common."""
    name = signal.name or signal.ticket_id or signal.payment_id or signal.endpoint
    return (signal.signal_type.value, signal.source, signal.merchant_id, str(signal.occurred_at), name)


def _render_log_line(signal: IncomingSignal) -> str:
    parts = (
        signal.occurred_at and signal.occurred_at.isoformat(),
        signal.merchant_id,
        signal.error_code or signal.level,
        signal.endpoint,
    )
    return " ".join(
        str(part) for part in (*parts, signal.status, signal.error_message or signal.message) if part not in (None, "")
    )
