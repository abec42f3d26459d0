"""What the platform reports: the signals of five minutes, computed from the seed, the people and what is wrong with
them, and nothing else.

Every draw is keyed by merchant and slot, and what a fault changes is drawn apart from what would have happened anyway:
where nothing is wrong, a world with a fault and the same world without it say the same, byte for byte. The truth is
written down beside, as it happens.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from app.domain.base import Severity, Stage
from app.domain.signals import SignalType
from simulations.scenario import ErrorSpec, NoiseSpec, Scenario
from simulations.world.journeys import Step, Stray, ways_of
from simulations.world.merchant_slot import SLOT_MS, SLOTS_A_DAY, SLOTS_AN_HOUR, Beat, Entry, Hit, Lost, Tally, Walk
from simulations.world.planted_faults import Course
from simulations.world.population import DAY_MS, HOUR_MS, MINUTE_MS, Inhabitant, moment_of, rhythm_at
from simulations.world.seeded_random import Draws
from simulations.world.stray_noise import StrayNoise
from simulations.world.ticket_text import list_symptoms, small_talk
from simulations.world.truth import NOBODY

VISITS: Final = 12.0
"""Visitors for one who sets out to buy."""
SECOND_TRY: Final = 0.3
LINES_A_DAY: Final = 1.5
_MET: Final = 0.7
"""How many of the stray errors at a step of the journey carry the session of a visitor."""
DIP_DAYS: Final = 4.0
_FOLLOWING: Final = frozenset({SignalType.ORDER, SignalType.WEBHOOK_DELIVERY})
"""What is missed after a payment or an order when it does not come."""
_SENT: Final = frozenset({"webhook", "notice"})
"""What is not told as answered when it failed."""
_LINES: Final[tuple[tuple[str, str, str], ...]] = (
    ("platform", "info", "nightly sitemap written, {count} pages"),
    ("platform", "info", "thumbnail queue drained in {count} ms"),
    ("platform", "warning", "slow query on catalogue listing, {count} ms"),
    ("platform", "error", "page cache dropped {count} entries before their time"),
    ("platform", "info", "feed export finished, {count} rows"),
    ("platform", "debug", "edge node rotated, {count} connections drained"),
    ("mailer", "warning", "connection to mail relay reopened after {count} s"),
    ("mailer", "error", "mailbox refused, unsubscribed for {count} days"),
)


class Telemetry:
    """Turns slots into signals."""

    def __init__(self, scenario: Scenario, seed: int, people: Sequence[Inhabitant], origin_ms: int) -> None:
        self.seed, self.people, self.origin_ms, self.noise = seed, people, origin_ms, scenario.noise
        self.ways = ways_of(scenario.platform.domain)
        self.late, self.twice = scenario.noise.late * 65_536, scenario.noise.duplicates * 65_536
        self.domain = scenario.platform.domain
        self.symptoms = tuple(sorted(list_symptoms(self.domain)))
        self.lost_sessions, self.withheld = scenario.noise.lost_sessions * 65_536, frozenset(scenario.withheld)
        self._strays = StrayNoise(scenario.noise, seed, people, len(self.ways.strays))
        self._lookers = {one.id: _draw_lookers(scenario.noise, seed, one) for one in people}
        self.metrics = _list_metrics(scenario, self.ways.finish)
        self.cutovers: Mapping[str, int | None] = {one.id: one.cutover_ms for one in people}
        self._places: dict[tuple[int, str], str] = {}
        self._steps = {step.name: step for step in (*self.ways.journey, *self.ways.background)}
        self._walked = frozenset(step.name for step in self.ways.journey)
        self._clocks = sorted({one.hours_ahead for one in people})
        self._average = scenario.platform.journeys_per_day
        self._uneven = scenario.platform.rhythm == "daily"
        self._of_day = sum(step.a_day for step in self.ways.background)
        self._pays = next((place for place, step in enumerate(self.ways.journey) if step.role == "payment"), None)
        self.pays = self._pays is not None
        roles = [place for place, step in enumerate(self.ways.journey) if step.role == "order"]
        self._orders = (
            roles[0] if roles else next(place for place, step in enumerate(self.ways.journey) if step.role == "webhook")
        )
        self._last = self._pays if self._pays is not None else self._orders
        self._gate = max(place for place, step in enumerate(self.ways.journey[: self._last + 1]) if step.role == "call")

    def stage_of(self, who: Inhabitant, ms: int) -> Stage:
        """Where a merchant stands in the migration at a moment."""
        cutover = self.cutovers[who.id]
        if cutover is None:
            return who.stage
        if cutover <= ms:
            return Stage.POST
        return Stage.IN_PROGRESS if who.stage is Stage.POST else who.stage

    def slot(
        self, slot: int, courses: Mapping[str, Sequence[Course]], earlier: Mapping[int, Tally]
    ) -> tuple[list[Entry], Tally]:
        """The signals that one slot causes, whenever they arrive, and the truth about it."""
        entries: list[Entry] = []
        tally = Tally()
        start = self.origin_ms + slot * SLOT_MS
        busy = {ahead: (rhythm_at(start, ahead) if self._uneven else 1.0) / SLOTS_A_DAY for ahead in self._clocks}
        for who in self.people:
            ours: Sequence[Course] = courses.get(who.id, ())
            if ours:
                ours = [course for course in ours if course.touches(start, start + SLOT_MS)]
            self._beat(Beat(self, who, slot, ours, entries, tally), who.journeys_per_day * busy[who.hours_ahead])
        if (slot + 1) % SLOTS_AN_HOUR == 0:
            self._hourly(slot, courses, {**earlier, slot: tally}, entries)
        return entries, tally

    def _beat(self, beat: Beat, rate: float) -> None:
        """Everything that one merchant's five minutes hold."""
        name, (come, look, work, stray, line, talk) = beat.lots()
        rate *= self._dip(beat)
        journeys, crowd = _count_arrivals(come, rate), _traffic_factor(beat) if beat.courses else 1.0
        visits = journeys + _count_arrivals(look, rate * (self._lookers[beat.who.id] - 1) * crowd)
        numbers = [str(number) for number in range(journeys)]
        if crowd > 1:
            more = beat.draws("crowd").poisson(rate * (crowd - 1))
            numbers, visits = [*numbers, *(f"x{number}" for number in range(more))], visits + more
        finished = 0
        if numbers:
            ways = [self._journey(beat, number) for number in numbers]
            finished, reached = sum(done > 0 for _, done in ways), sum(done >= 0 for _, done in ways)
            visits -= sum(not came for came, _ in ways)
            if reached:
                beat.tally.finished[beat.who.id] = (finished, reached)
        self._sample(beat, finished, visits, name)
        for number in range(_count_arrivals(work, (beat.who.jobs_per_day or self._of_day) / SLOTS_A_DAY)):
            self._job(beat, number)
        self._small_things(beat, journeys, stray, line, talk)

    def _dip(self, beat: Beat) -> float:
        """The days after the move are weaker, in a sound shop too."""
        cutover = self.cutovers[beat.who.id]
        if cutover is None or beat.start < cutover:
            return 1.0
        days = (beat.start - cutover) / DAY_MS
        return 1.0 - self.noise.cutover_dip * max(0.0, 1.0 - days / DIP_DAYS)

    # --- journeys
    # ------------------------------------------------------------------------------------------------------

    def _journey(self, beat: Beat, number: str) -> tuple[bool, int]:
        """One who set out to buy: whether they came at all, and 1 when they finished, 0 when they failed, -1 when they
        left before.
        """
        draws = beat.draws("journey", number)
        at = beat.start + int(draws.uniform() * (SLOT_MS - 1))
        amount = max(100, round(draws.skewed(beat.who.average_order_value, 0.4)))
        declined, again = draws.happens(self.noise.declined) and self._pays is not None, draws.uniform()
        if beat.courses:
            _count_tries(beat, at)
            came = self._turned_away(beat, at, number, amount, declined)
            if came is not None:
                return came, -1
        first = self._walk(beat, number, at)
        done = self._tell_walk(beat, first, number, at, amount, declined, draws)
        if (
            not done
            and not declined
            and again < SECOND_TRY
            and first.stopped is not None
            and first.stopped < self._last
        ):
            number, at = f"{number}r", at + 60_000 + int(again * 200_000)
            walk = self._walk(beat, number, at)
            done = self._tell_walk(beat, walk, number, at, amount, declined, draws)
            first = walk if walk.hits else Walk([])
        self._count_loss(beat, first, at, amount, declined)
        return True, int(done) if first.stopped is None or first.stopped >= self._gate else -1

    def _turned_away(self, beat: Beat, at: int, number: str, amount: int, declined: bool) -> bool | None:
        """Whether a fault or an odd day kept somebody away: False when they never came, True when they came and left;
        None when they stayed.
        """
        for course in beat.courses:
            effects, level = course.trouble.effects, course.level(at)
            if level <= 0:
                continue
            for came, factor in ((False, effects.traffic), (True, effects.kpi.get(self.ways.finish, 1.0))):
                if (
                    factor < 1
                    and beat.draws("away", course.trouble.index, int(came), number).uniform() >= factor**level
                ):
                    beat.touch(course.trouble, at, f"away.{number}")
                    if not declined and course.trouble.number != NOBODY:
                        beat.tally.lost.append(Lost(at, course.trouble.number, beat.who.currency, amount))
                    return came
        return None

    def _walk(self, beat: Beat, number: str, at: int) -> Walk:
        """What stands in the way, from the first step on."""
        walk = Walk([])
        if not beat.loud:
            return walk
        for place, step in enumerate(self.ways.journey):
            hits = self._hits(beat, step, at + place * 900, at, number)
            walk.hits += hits
            if any(hit.error.blocks for hit in hits):
                walk.stopped = place
                return walk
        return walk

    def _hits(self, beat: Beat, step: Step, at: int, began: int, number: str) -> list[Hit]:
        hits = []
        for course in beat.loud:
            level = course.level(began)
            if level <= 0:
                continue
            for place, error in course.trouble.errors_at(step.name):
                key = f"{course.trouble.index}.{place}.{number}"
                if beat.draws("fault", key).uniform() < min(1.0, error.share * level):
                    hits.append(Hit(course.trouble, error, at, level, key))
        return hits

    def _count_loss(self, beat: Beat, walk: Walk, at: int, amount: int, declined: bool) -> None:
        if declined or not walk.hits:
            return
        ends = walk.stopped is not None and walk.stopped <= self._orders
        guilty = [hit for hit in walk.hits if hit.error.loses_order or (ends and hit.error.blocks)]
        if guilty and guilty[0].trouble.number != NOBODY:
            beat.tally.lost.append(Lost(at, guilty[0].trouble.number, beat.who.currency, amount))

    def _tell_walk(
        self, beat: Beat, walk: Walk, number: str, at: int, amount: int, declined: bool, draws: Draws
    ) -> bool:
        """Report one attempt; whether the shopper thinks that all went well."""
        session = beat.letters(f"session.{number}")
        by_step: dict[str, list[Hit]] = {}
        for hit in walk.hits:
            by_step.setdefault(hit.error.step, []).append(hit)
        last = len(self.ways.journey) - 1 if walk.stopped is None else walk.stopped
        if declined and self._pays is not None:
            last = min(last, self._pays)
        for place, step in enumerate(self.ways.journey[: last + 1]):
            self._tell_step(
                beat,
                step,
                place == walk.stopped,
                by_step.get(step.name, ()),
                number,
                at + place * 900,
                session,
                draws.uniform(),
            )
        facts = {"amount": f"{amount / 100:.2f} {beat.who.currency}"}
        for trouble in {hit.trouble.index: hit.trouble for hit in walk.hits}.values():
            beat.touch(trouble, at, number, facts)
        _leave_traces(beat, walk.hits)
        blocked = walk.stopped is not None and walk.stopped <= self._last
        if self._pays is not None:
            self._money(beat, walk, number, at, amount, declined, session, draws)
        return not declined and not blocked

    def _tell_step(
        self, beat: Beat, step: Step, stopped: bool, hits: Sequence[Hit], number: str, at: int, session: str, lot: float
    ) -> None:
        slower = 1.0
        for hit in hits:
            slower *= hit.error.slower
            self._report(beat, step, hit, at, session)
        failed = stopped or any(hit.error.signal != "none" or hit.error.loses_order for hit in hits)
        if stopped or (step.role in _SENT and failed):
            return
        number_of = hits[0].trouble.blame if slower > 1 else NOBODY
        if step.role == "webhook":
            self._deliver(beat, step, number, at, session, again=lot < min(0.02, 0.003 * self.noise.hiccups_per_day))
        elif lot < step.told or slower > 1:
            self._call(beat, step, f"{step.name}.{number}", at, slower, lot / max(step.told, 1e-9), number_of)

    def _deliver(self, beat: Beat, step: Step, number: str, at: int, session: str, *, again: bool) -> None:
        """A delivery that arrived, now and then at the second try."""
        fields = {"topic": step.topic, "endpoint": self._at(beat, step.endpoint), **_session_fields(session)}
        if again:
            busy = {**fields, "status": 503, "attempt": 1, "error_message": "receiver busy, trying once more"}
            beat.tell(SignalType.WEBHOOK_FAILURE, step.source, at, f"busy.{number}", busy, Severity.LOW)
        done = {**fields, "status": 200, "attempt": 2 if again else 1}
        beat.tell(SignalType.WEBHOOK_DELIVERY, step.source, at + (31_000 if again else 0), f"hook.{number}", done)

    def _call(self, beat: Beat, step: Step, key: str, at: int, slower: float, lot: float, number: int = NOBODY) -> None:
        """A call that was answered."""
        spread = lot % 1.0
        latency = round(step.latency_ms * slower * (0.6 + 0.8 * spread + (2.5 if spread > 0.96 else 0.0)), 1)
        fields = {"endpoint": self._at(beat, step.endpoint), "status": 200, "latency_ms": latency}
        beat.tell(SignalType.API_CALL, step.source, at, f"call.{key}", fields, Severity.INFO, number)

    def _at(self, beat: Beat, template: str) -> str:
        known = self._places.get((beat.who.number, template))
        if known is None:
            known = self._places[beat.who.number, template] = _fill_attributes(template, beat.who.attributes)
        return known

    def _report(self, beat: Beat, step: Step, hit: Hit, at: int, session: str = "") -> None:
        """What is said of a failure, again and again when systems or the harm of a wrong fix repeat it."""
        error = hit.error
        if error.signal == "none":
            return
        draws = beat.draws("report", hit.key)
        times = round((1 + error.retries) * max(1.0, hit.level)) + self._strays.repeats(beat.draws("storm", hit.key))
        words = draws.choice(error.messages) if error.messages else ""
        message = _fill_attributes(words, beat.who.attributes)[:500]
        endpoint = self._at(beat, error.endpoint or step.endpoint)
        for attempt in range(1, times + 1):
            kind, fields = _build_failure(error, step, endpoint, message, attempt)
            if session:
                fields["attributes"] = {"session_id": session}
            later = at + 200 + (attempt - 1) * (4_000 if step.role != "webhook" else 20_000)
            beat.tell(kind, step.source, later, f"fail.{hit.key}.{attempt}", fields, error.severity, hit.trouble.blame)

    def _money(
        self, beat: Beat, walk: Walk, number: str, at: int, amount: int, declined: bool, session: str, draws: Draws
    ) -> None:
        """The payment and the order of one attempt, and what is given back later."""
        assert self._pays is not None
        lots = [draws.uniform() for _ in range(5)]
        blocked = walk.stopped is not None and walk.stopped <= self._pays
        anyway = blocked and any(hit.error.blocks and lots[0] < hit.error.pays_anyway for hit in walk.hits)
        if blocked and not anyway:
            return
        when, pay = at + self._pays * 900 + 300, f"PAY-{beat.letters(f'pay.{number}')}"
        if declined and not blocked:
            self._pay(beat, when, f"pay.{number}", pay, amount, "declined", session)
            if lots[0] >= 0.5:
                return
            when, pay, number = when + 41_000, f"PAY-{beat.letters(f'pay.{number}.2')}", f"{number}.2"
        lost = blocked or walk.loses() or (walk.stopped is not None and walk.stopped <= self._orders)
        guilty = next((hit.trouble.blame for hit in walk.hits), NOBODY) if lost else _blame_silence(beat, when)
        self._pay(beat, when, f"pay.{number}", pay, amount, "captured", session, guilty)
        order = "" if lost else f"ORD-{beat.letters(f'order.{number}')}"
        if order:
            undelivered = next((hit.trouble.blame for hit in walk.hits if self._delivers(hit.error.step)), guilty)
            self._order(beat, when + 1_400, f"order.{number}", order, pay, amount, "created", session, undelivered)
        self._give_back(beat, when, number, pay, order, amount, lots[1:])

    def _give_back(
        self, beat: Beat, when: int, number: str, pay: str, order: str, amount: int, lots: Sequence[float]
    ) -> None:
        """Refunds: of a few orders, whole or in part, and of some payments that led to nothing."""
        if lots[0] >= (self.noise.refunds if order else 0.12):
            return
        later = when + 15 * MINUTE_MS + int(lots[1] * 6 * HOUR_MS)
        part = max(1, amount // 2) if order and lots[2] < 0.3 else amount
        self._pay(beat, later, f"back.{number}", pay, part, "refunded", "")
        if order:
            self._order(beat, later + 900, f"returned.{number}", order, pay, part, "refunded", "")

    def _pay(
        self, beat: Beat, at: int, key: str, pay: str, amount: int, status: str, session: str, number: int = NOBODY
    ) -> None:
        fields = {
            "payment_id": pay,
            "amount": amount,
            "currency": beat.who.currency,
            "status": status,
            **_session_fields(session),
        }
        beat.tell(SignalType.PAYMENT, "payments", at, key, fields, Severity.INFO, number)

    def _delivers(self, step: str) -> bool:
        return self._steps[step].role == "webhook"

    def _order(
        self,
        beat: Beat,
        at: int,
        key: str,
        order: str,
        pay: str,
        amount: int,
        status: str,
        session: str,
        number: int = NOBODY,
    ) -> None:
        fields = {
            "order_id": order,
            "payment_id": pay,
            "amount": amount,
            "currency": beat.who.currency,
            "status": status,
            **_session_fields(session),
        }
        beat.tell(SignalType.ORDER, "orders", at, key, fields, Severity.INFO, number)

    # --- what happens without shoppers
    # ---------------------------------------------------------------------------------

    def _job(self, beat: Beat, number: int) -> None:
        """One passage of a background job."""
        draws = beat.draws("job", number)
        at, left = beat.start + int(draws.uniform() * (SLOT_MS - 1)), draws.uniform() * self._of_day
        step = self.ways.background[-1]
        for one in self.ways.background:
            left -= one.a_day
            if left < 0:
                step = one
                break
        lot, key, slower, blocked = draws.uniform(), f"job{number}", 1.0, False
        hits = self._hits(beat, step, at, at, key) if beat.loud else []
        for hit in hits:
            self._report(beat, step, hit, at)
            beat.touch(hit.trouble, at, hit.key)
            _leave_traces(beat, [hit])
            slower, blocked = slower * hit.error.slower, blocked or hit.error.blocks
        if not blocked:
            self._call(beat, step, key, at, slower, lot, hits[0].trouble.blame if slower > 1 else NOBODY)

    def _small_things(self, beat: Beat, journeys: int, stray: float, line: float, talk: float) -> None:
        """Stray errors, a line in a log, somebody with quite another matter, and news of the migration."""
        share = (0.5 + 0.5 * beat.who.journeys_per_day / self._average) / SLOTS_A_DAY
        usual = self.noise.hiccups_per_day * share * self._strays.clump(beat.who, beat.start)
        for number in range(_count_arrivals(stray, usual)):
            self._hiccup(beat, str(number), "0" if journeys else f"stray{number}")
        for spike in self._strays.spikes(beat.who, beat.start):
            for number in range(beat.draws("spike", spike.since_ms).poisson(spike.mean)):
                self._hiccup(beat, f"{spike.kind}.{number}", f"stray{number}", self.ways.strays[spike.kind])
        if line < LINES_A_DAY / SLOTS_A_DAY:
            mine = beat.draws("line")
            source, level, said = mine.choice(_LINES)
            fields = {"level": level, "message": said.format(count=20 + int(mine.uniform() * 900))}
            beat.tell(SignalType.LOG, source, beat.start + int(mine.uniform() * SLOT_MS), "line", fields)
        if talk < self.noise.tickets_per_day * share:
            mine = beat.draws("talk")
            facts = {"product": mine.choice(beat.who.products), "shop": beat.who.name}
            beat.ticket(
                beat.start + int(mine.uniform() * SLOT_MS),
                "talk",
                small_talk(beat.who.language, mine, facts, self.domain),
                mine,
            )
        self._news(beat)

    def _hiccup(self, beat: Beat, number: str, visit: str, kind: Stray | None = None) -> None:
        """A stray error: of a shopper on the way, or of nobody in particular."""
        draws = beat.draws("hiccup", number)
        stray = kind or draws.choice(self.ways.strays)
        step, met = self._steps[stray.step], stray.step in self._walked and draws.happens(_MET)
        fields: dict[str, Any] = {
            "endpoint": self._at(beat, stray.endpoint),
            "status": stray.status,
            "error_message": stray.message,
        }
        if stray.code:
            fields["error_code"] = stray.code
        if met:
            fields |= _session_fields(beat.letters(f"session.{visit}"))
        at = beat.start + int(draws.uniform() * SLOT_MS)
        severity, again = self._strays.severity(stray.severity, draws), self._strays.repeats(draws)
        for attempt in range(1 + again):
            key = f"hiccup.{number}.{attempt}" if attempt else f"hiccup.{number}"
            beat.tell(SignalType.API_ERROR, step.source, at + attempt * 1_500, key, dict(fields), severity)

    def _news(self, beat: Beat) -> None:
        """Where the merchant stands, once a day and at the move."""
        cutover, end = self.cutovers[beat.who.id], beat.start + SLOT_MS
        moves = cutover is not None and beat.start < cutover <= end
        if not moves and (beat.slot + beat.who.number * 11) % SLOTS_A_DAY != SLOTS_A_DAY // 4:
            return
        at = cutover if moves and cutover is not None else end - 1
        fields: dict[str, Any] = {
            "wave": beat.who.wave,
            "health": beat.who.health,
            "stage": Stage.POST if moves else beat.stage,
        }
        if cutover is not None:
            fields["cutover_at"] = moment_of(cutover)
        beat.tell(SignalType.MIGRATION_UPDATE, "migration-desk", at, "moves" if moves else "news", fields)

    # --- what is measured
    # ----------------------------------------------------------------------------------------------

    def _sample(self, beat: Beat, finished: int, visits: int, name: bytes) -> None:
        value = round(finished / visits, 4) if visits else 0.0
        fields = {"name": self.ways.finish, "value": value, "trials": visits, "window_s": SLOT_MS // 1_000}
        number = _find_blamed_fault(beat.courses) if beat.courses else NOBODY
        beat.tell(SignalType.KPI, "metrics", beat.start + SLOT_MS, "kpi", fields, Severity.INFO, number, name)

    def _hourly(
        self, slot: int, courses: Mapping[str, Sequence[Course]], tallies: Mapping[int, Tally], entries: list[Entry]
    ) -> None:
        """The share of those at the last step before paying who came through, and whatever else a scenario measures."""
        hour = [tallies[one].finished for one in range(slot - SLOTS_AN_HOUR + 1, slot + 1) if one in tallies]
        for who in self.people:
            start = self.origin_ms + slot * SLOT_MS
            ours = [course for course in courses.get(who.id, ()) if course.level(start) > 0]
            beat = Beat(self, who, slot, ours, entries, tallies[slot])
            sums = [one[who.id] for one in hour if who.id in one]
            reached = sum(one[1] for one in sums)
            if reached:
                self._hour_told(beat, self.ways.success, sum(one[0] for one in sums) / reached, reached)
            for name in self.metrics:
                if name != self.ways.success:
                    draws = beat.draws("metric", name)
                    self._hour_told(beat, name, 0.93 + 0.05 * draws.uniform(), 40 + draws.poisson(20))

    def _hour_told(self, beat: Beat, name: str, value: float, trials: int) -> None:
        for course in beat.courses:
            value *= course.trouble.effects.kpi.get(name, 1.0)
        fields = {"name": name, "value": round(min(value, 1.0), 4), "trials": trials, "window_s": HOUR_MS // 1_000}
        beat.tell(
            SignalType.KPI,
            "metrics",
            beat.start + SLOT_MS,
            f"hour.{name}",
            fields,
            Severity.INFO,
            _find_blamed_fault(beat.courses),
        )


def _draw_lookers(noise: NoiseSpec, seed: int, one: Inhabitant) -> float:
    """Visitors for one who sets out to buy, in this shop."""
    if not noise.uneven:
        return VISITS
    return min(4 * VISITS, max(2.0, Draws(seed, "lookers", one.id).skewed(VISITS, noise.uneven)))


def _list_metrics(scenario: Scenario, finish: str) -> tuple[str, ...]:
    """Every metric that anything in the scenario is about; all merchants have it, all the time."""
    said = [*(one.effects for one in scenario.faults), *(one.effects for one in scenario.decoys)]
    return tuple(sorted({name for effects in said if effects is not None for name in effects.kpi} - {finish}))


def _count_arrivals(lot: float, mean: float) -> int:
    """How many arrivals there are, by inversion of one number."""
    if mean > 600:
        return max(0, round(mean + math.sqrt(mean) * (lot - 0.5) * 3.4))
    term, count = math.exp(-mean), 0
    while lot >= term and count < 1_000:
        lot -= term
        count += 1
        term *= mean / count
    return count


def _traffic_factor(beat: Beat) -> float:
    """How many come, against usual."""
    crowd = 1.0
    for course in beat.courses:
        level = course.level(beat.start)
        if level > 0 and course.trouble.effects.traffic != 1.0:
            crowd *= course.trouble.effects.traffic**level
    return crowd


def _find_blamed_fault(courses: Iterable[Course]) -> int:
    """Whose a sample of a metric is: the first fault that was there, else the first decoy."""
    return max((course.trouble.blame for course in courses), key=_faults_first, default=NOBODY)


def _faults_first(number: int) -> tuple[bool, bool, int]:
    return number >= 0, number != NOBODY, -number


def _count_tries(beat: Beat, at: int) -> None:
    for course in beat.courses:
        number = course.trouble.number
        if number != NOBODY and course.level(at) > 0:
            beat.tally.tried[number] = beat.tally.tried.get(number, 0) + 1


def _leave_traces(beat: Beat, hits: Iterable[Hit]) -> None:
    """In which streams the hits of one passage show, once each: what is told again is no further trace."""
    seen = [
        (hit.trouble, stream)
        for hit in hits
        for stream, shown in (
            ("errors", hit.error.signal != "none"),
            ("absences", hit.error.loses_order),
            ("slowness", hit.error.slower > 1),
        )
        if shown
    ]
    for trouble, stream in {(trouble.index, stream): (trouble, stream) for trouble, stream in seen}.values():
        beat.trace(trouble, stream)


def _blame_silence(beat: Beat, at: int) -> int:
    """Whose fault it is that nothing will follow this payment or order."""
    return next(
        (
            course.trouble.blame
            for course in beat.silence
            if course.trouble.silence & _FOLLOWING and course.level(at) > 0
        ),
        NOBODY,
    )


def _session_fields(session: str) -> dict[str, Any]:
    return {"attributes": {"session_id": session}} if session else {}


def _fill_attributes(template: str, attributes: Mapping[str, Any]) -> str:
    """The text with the merchant's attributes in their places; what is none of them stays as it is."""
    if "{" not in template:
        return template
    for name, value in attributes.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template


def _build_failure(
    error: ErrorSpec, step: Step, endpoint: str, message: str, attempt: int
) -> tuple[SignalType, dict[str, Any]]:
    """The type of report and its fields."""
    if error.signal == "log":
        return SignalType.LOG, {"level": "error", "message": message}
    known = {
        "error_code": error.code or None,
        "endpoint": endpoint,
        "status": error.status,
        "error_message": message or None,
    }
    fields = {name: value for name, value in known.items() if value is not None}
    if error.signal == "webhook_failure":
        return SignalType.WEBHOOK_FAILURE, {
            **fields,
            "topic": error.topic or step.topic or "orders/created",
            "attempt": attempt,
        }
    return SignalType.API_ERROR, fields
