"""Who lives on the platform: merchants with attributes, sizes and habits, drawn from a seed and from nothing that goes
wrong.

Faults choose among these people by a predicate over what the directory says of them; nobody is made for a fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from app.domain.base import CROCKFORD, Stage
from app.domain.merchants import Merchant, Plain
from simulations.scenario import Between, Matcher, PlatformSpec, ResidentSpec, Scope, WaveSpec
from simulations.world.seeded_random import Draws

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

T = TypeVar("T")
Odds = Mapping[Plain, float]

USUAL_WAVES: Final = (
    WaveSpec(number=1, stage=Stage.POST, cutover_in_days=-16, weight=2.0),
    WaveSpec(number=2, stage=Stage.POST, cutover_in_days=-5, weight=2.0),
    WaveSpec(number=3, stage=Stage.POST, cutover_in_days=-1, weight=1.5),
    WaveSpec(number=4, stage=Stage.IN_PROGRESS, cutover_in_days=0.4, weight=1.2),
    WaveSpec(number=5, stage=Stage.IN_PROGRESS, cutover_in_days=6, weight=1.2),
    WaveSpec(number=6, stage=Stage.PRE, cutover_in_days=20, weight=1.6),
)

EVERYWHERE: Final[Mapping[str, Odds]] = {
    "plan": {"starter": 5.0, "growth": 3.0, "scale": 1.4, "enterprise": 0.6},
    "region": {"eu-west": 2.6, "eu-central": 2.8, "uk": 1.6, "us-east": 2.6, "us-west": 1.8, "latam": 1.2, "apac": 1.0},
    "api_version": {"v3": 8.0, "v2": 2.0},
    "sdk_version": {"4.2": 5.0, "4.1": 2.5, "3.9": 1.6, "3.4": 0.9},
    "webhook_version": {"v3": 7.8, "v2": 2.2},
    "token_version": {"v3": 7.8, "v2": 2.2},
    "token_scopes": {"read_write": 7.6, "read_only": 1.4, "orders_only": 1.0},
    "webhook_secret_state": {"current": 8.2, "previous": 1.8},
    "receiver_timeout_ms": {10_000: 6.0, 5_000: 2.4, 2_000: 1.6},
    "dns_ttl": {300: 5.0, 3_600: 3.2, 86_400: 1.8},
    "data_centre": {"north": 4.0, "south": 3.0, "east": 3.0},
}
"""What every platform knows of its customers, whatever they sell."""

SHOPS: Final[Mapping[str, Odds]] = {
    "gateway": {"adyen": 3.0, "stripe": 3.4, "paypal": 2.0, "mollie": 1.6, "braintree": 1.0},
    "theme": {"atlas": 3.4, "linea": 2.6, "strata": 2.0, "nova": 1.2, "custom": 0.8},
    "callback_scheme": {"https": 8.0, "http": 2.0},
    "callback_host": {"own_domain": 7.4, "hosted": 2.6},
    "cors_origin": {"listed": 8.2, "hosted_only": 1.8},
    "cache_generation": {"current": 8.0, "stale": 2.0},
    "sync_rate_per_minute": {20: 3.0, 45: 4.0, 90: 1.8, 180: 1.2},
    "sync_limit_per_minute": {60: 7.0, 120: 3.0},
    "tax_profile": {"migrated": 7.8, "legacy": 2.2},
    "product_mapping": {"complete": 8.0, "partial": 2.0},
    "session_store": {"shared": 6.4, "sticky": 3.6},
    "search_index": {"blue": 5.0, "green": 5.0},
    "plugin_reviews": {True: 4.4, False: 5.6},
    "plugin_gift_cards": {True: 2.2, False: 7.8},
    "plugin_subscriptions": {True: 1.8, False: 8.2},
    "plugin_loyalty": {True: 1.6, False: 8.4},
    "plugin_erp_sync": {True: 2.6, False: 7.4},
    "plugin_price_lists": {True: 1.4, False: 8.6},
}
"""What a platform of shops knows besides."""

LIBRARIES: Final[Mapping[str, Odds]] = {
    "patron_import": {"complete": 7.6, "partial": 2.4},
    "cache_generation": {"current": 7.6, "stale": 2.4},
    "kiosk_model": {"gate": 4.0, "pillar": 4.0, "none": 2.0},
    "shelf_system": {"rfid": 6.0, "barcode": 4.0},
    "loan_rules": {"national": 4.6, "regional": 3.4, "own": 2.0},
    "night_return": {True: 4.4, False: 5.6},
    "plugin_ebooks": {True: 5.2, False: 4.8},
    "plugin_interlibrary": {True: 3.0, False: 7.0},
}
"""What a platform of libraries knows besides."""
BESIDES: Final[Mapping[str, Mapping[str, Odds]]] = {"commerce": SHOPS, "lending": LIBRARIES}

UNMOVED: Final[Mapping[str, Odds]] = {
    "api_version": {"v2": 8.6, "v3": 1.4},
    "webhook_version": {"v2": 8.8, "v3": 1.2},
    "token_version": {"v2": 8.8, "v3": 1.2},
    "callback_host": {"hosted": 8.4, "own_domain": 1.6},
    "tax_profile": {"legacy": 8.8, "migrated": 1.2},
}
"""How those differ who have not begun to move."""

COUNTED: Final[Mapping[str, range]] = {"token_age_days": range(401), "catalogue_size": range(5, 60_001)}
"""Attributes that are numbers, with the numbers they can be."""
PLUGIN: Final = "plugin_"
"""How the attributes begin that say whether a merchant has a plugin."""
FIELDS: Final = ("plan", "region", "gateway", "theme", "api_version", "webhook_version")
"""Attributes for which the directory has a column of its own; the others are listed beside."""

HOURS_AHEAD: Final[Mapping[str, int]] = {
    "eu-west": 0,
    "eu-central": 1,
    "uk": 0,
    "us-east": -5,
    "us-west": -8,
    "latam": -3,
    "apac": 8,
}
SPOKEN: Final[Mapping[str, Mapping[str, float]]] = {
    "eu-west": {"fr": 4.0, "en": 2.0, "es": 3.0, "de": 0.5},
    "eu-central": {"de": 7.0, "en": 2.0, "fr": 1.0},
    "us-west": {"en": 8.0, "es": 2.0},
    "latam": {"es": 8.0, "en": 2.0},
}
PAID_IN: Final[Mapping[str, str]] = {
    "eu-west": "EUR",
    "eu-central": "EUR",
    "uk": "GBP",
    "us-east": "USD",
    "us-west": "USD",
    "latam": "USD",
    "apac": "AUD",
}

_DAY = (
    0.25,
    0.15,
    0.1,
    0.08,
    0.1,
    0.2,
    0.4,
    0.7,
    1.0,
    1.2,
    1.3,
    1.35,
    1.4,
    1.35,
    1.3,
    1.3,
    1.4,
    1.5,
    1.7,
    1.9,
    2.0,
    1.7,
    1.1,
    0.52,
)
_WEEK = (0.95, 0.92, 0.95, 1.0, 1.05, 1.05, 1.08)
_EPOCH_WEEKDAY = 3
_WEIGHTS = [hour * day for day in _WEEK for hour in _DAY]
RHYTHM: Final = tuple(weight * len(_WEIGHTS) / sum(_WEIGHTS) for weight in _WEIGHTS)
"""How busy each hour of a week is, from Monday, against the average hour."""

_FIRST: Final = (
    *(
        "Alder",
        "Amber",
        "Anchor",
        "Birch",
        "Blue",
        "Bramble",
        "Bright",
        "Canal",
        "Cedar",
        "Clay",
        "Copper",
        "Coral",
        "Crane",
        "Dove",
    ),
    *("Ember", "Fern", "Field", "Flint", "Gull", "Harbour", "Hazel", "Heron"),
)
_SECOND: Final = (
    *(
        "& Co",
        "Goods",
        "Supply",
        "Studio",
        "Kitchen",
        "Outdoor",
        "Books",
        "Toys",
        "Garden",
        "Cycles",
        "Coffee",
        "Linen",
        "Tools",
    ),
    *("Paper", "Pets", "Ceramics"),
)
_PRODUCTS: Final = (
    *(
        "oak side table",
        "wool throw",
        "brass lamp",
        "gravel bike",
        "rain jacket",
        "pannier bag",
        "espresso cups",
        "pour-over set",
    ),
    *(
        "linen sachet",
        "hand cream",
        "two-person tent",
        "trail stove",
        "poetry reader",
        "city atlas",
        "notebook set",
        "ceramic bowl",
    ),
    *(
        "garden shears",
        "seed box",
        "dog bed",
        "wooden train",
        "desk organiser",
        "cast-iron pan",
        "picnic blanket",
        "running vest",
    ),
)
_READING: Final = (
    *(
        "a sea atlas",
        "the night gardener",
        "bridges of iron",
        "a history of salt",
        "letters from the lighthouse",
        "birds of the estuary",
    ),
    *(
        "the clockmaker",
        "mending by hand",
        "a short walk north",
        "the quiet orchard",
        "maps for beginners",
        "bread at home",
    ),
)
_BRANCHES: Final = (
    "Library",
    "Reading Room",
    "Town Library",
    "Mediatheque",
    "Archive",
    "Bookmobile",
    "Branch",
    "Free Library",
)
_TRADES: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {"lending": (_BRANCHES, _READING)}
"""How the houses of a domain are called and what people want from them; without an entry, as shops."""


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """One merchant as drawn: what the directory says of them, and how they live."""

    number: int
    id: str
    name: str
    attributes: Mapping[str, Plain]
    wave: int
    stage: Stage
    cutover_ms: int | None
    journeys_per_day: float
    average_order_value: int
    currency: str
    language: str
    hours_ahead: int
    products: tuple[str, ...]
    writes: bool
    health: float
    issues: int = 0
    jobs_per_day: float | None = None
    unlisted: tuple[str, ...] = ("stage", "wave", "currency")

    def listed(
        self, stage: Stage, cutover_ms: int | None, shown: Mapping[str, Plain], changed: Mapping[str, Plain]
    ) -> Merchant:
        """The merchant as the platform's directory lists them: what it shows of them, after what tools have changed."""
        known = {**shown, **changed}
        columns = {name: known[name] for name in FIELDS if name in known}
        others = {name: value for name, value in known.items() if name not in FIELDS and name not in self.unlisted}
        plugins = tuple(
            name.removeprefix(PLUGIN).replace("_", "-")
            for name, value in known.items()
            if name.startswith(PLUGIN) and value is True
        )
        day = None if cutover_ms is None else moment_of(cutover_ms).date()
        row = {
            "id": self.id,
            "name": self.name,
            "wave": self.wave,
            "stage": stage,
            "cutover_date": day,
            "health": self.health,
            "issues": self.issues,
        }
        money = {"average_order_value": self.average_order_value, "currency": self.currency}
        return Merchant.model_validate({**row, **money, **columns, "plugins": plugins, "attributes": others})


def rhythm_at(ms: int, hours_ahead: int) -> float:
    """How busy this hour is where the clock is so far ahead, against the average hour."""
    return RHYTHM[(ms // HOUR_MS + hours_ahead + 24 * _EPOCH_WEEKDAY) % len(RHYTHM)]


EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_ONE_MS: Final = timedelta(milliseconds=1)


def moment_of(ms: int) -> datetime:
    """The moment of so many milliseconds, in UTC."""
    return EPOCH + timedelta(milliseconds=ms)


def ms_of(moment: datetime) -> int:
    """The first whole millisecond that is not before a moment."""
    return -((EPOCH - moment) // _ONE_MS)


def attribute_odds(platform: PlatformSpec) -> dict[str, Odds]:
    """The attributes of a platform with their values and weights: the usual ones, and what its scenario says instead or
    besides.
    """
    odds = {**EVERYWHERE, **BESIDES.get(platform.domain, {})}
    for name, weights in sorted(platform.attributes.items()):
        odds[name] = _type_weights(dict(sorted(weights.items())), odds.get(name, ()))
    return odds


def attribute_values(platform: PlatformSpec | None = None) -> dict[str, Sequence[Plain]]:
    """Every attribute a scope can name, with the values it can have; numbers come as a range."""
    platform = platform or PlatformSpec(merchants=1)
    waves = platform.waves or USUAL_WAVES
    values: dict[str, Sequence[Plain]] = {name: tuple(odds) for name, odds in attribute_odds(platform).items()}
    regions = [str(region) for region in values["region"]]
    values["currency"] = tuple(dict.fromkeys(PAID_IN.get(region, "EUR") for region in regions))
    values["language"] = tuple(
        dict.fromkeys(tongue for region in regions for tongue in SPOKEN.get(region, {"en": 1.0}))
    )
    values["stage"] = tuple(dict.fromkeys(stage.value for wave in waves for stage in _stages_of(wave)))
    values["wave"] = tuple(dict.fromkeys(wave.number for wave in waves))
    values = {**values, **{name: numbers for name, numbers in COUNTED.items() if name not in values}}
    for name, value in (pair for one in platform.residents for pair in _said_of(one).items()):
        if value not in values.get(name, ()):
            values[name] = (*values.get(name, ()), value)
    return values


def _stages_of(wave: WaveSpec) -> tuple[Stage, ...]:
    moves = wave.stage is not Stage.POST and wave.cutover_in_days > 0
    return (wave.stage, Stage.POST) if moves else (wave.stage,)


def _type_weights(weights: Mapping[str, float], usual: Iterable[Plain]) -> dict[Plain, float]:
    """A file writes every value as text; numbers and switches become what they are when the usual values are such."""
    kinds = {type(value) for value in usual}
    if kinds == {bool} or (not kinds and set(weights) <= {"true", "false"}):
        return {name == "true": weight for name, weight in weights.items()}
    if kinds == {int} or (not kinds and all(name.isdecimal() for name in weights)):
        return {int(name): weight for name, weight in weights.items()}
    return {name: weight for name, weight in weights.items()}  # noqa: C416


def populate_platform(platform: PlatformSpec, seed: int, origin_ms: int) -> tuple[Inhabitant, ...]:
    """Everybody who lives there, the residents first; the mean size of those who are drawn is what the platform says it
    is.
    """
    odds, taken = attribute_odds(platform), {one.id for one in platform.residents}
    named = (_build_resident(platform, one, number, origin_ms) for number, one in enumerate(platform.residents))
    drawn = (
        _draw_inhabitant(platform, odds, Draws(seed, "inhabitant", number), number, size, origin_ms, taken)
        for number, size in _draw_sizes(platform, seed).items()
    )
    return (*named, *drawn)


def _draw_sizes(platform: PlatformSpec, seed: int) -> dict[int, float]:
    """Journeys a day of those who are drawn: most merchants are small, a few are giants, nobody has less than one."""
    drawn = {
        number: Draws(seed, "size", number).skewed(1.0, 1.15)
        for number in range(len(platform.residents), platform.merchants)
    }
    mean = sum(drawn.values()) / len(drawn) if drawn else 1.0
    room = platform.journeys_per_day - 1.0
    return {number: round(1.0 + room * size / mean, 6) for number, size in drawn.items()}


def _said_of(one: ResidentSpec) -> dict[str, Plain]:
    """The attributes of a resident, as a scope can name them."""
    plugins: dict[str, Plain] = {PLUGIN + name.replace("-", "_"): True for name in one.plugins}
    own: dict[str, Plain] = {
        "language": one.language,
        "currency": one.currency,
        "stage": one.stage.value,
        "wave": one.wave,
    }
    return {**one.attributes, **plugins, **own}


def _build_resident(platform: PlatformSpec, one: ResidentSpec, number: int, origin_ms: int) -> Inhabitant:
    """Somebody the scenario names, exactly as it says; the directory lists what was said as an attribute, and nothing
    besides.
    """
    attributes = _said_of(one)
    return Inhabitant(
        number=number,
        id=one.id,
        name=one.name,
        attributes=attributes,
        wave=one.wave,
        stage=one.stage,
        cutover_ms=None if one.cutover_in_days is None else origin_ms + round(one.cutover_in_days * DAY_MS),
        journeys_per_day=platform.journeys_per_day if one.journeys_per_day is None else one.journeys_per_day,
        average_order_value=one.average_order_value,
        currency=one.currency,
        language=one.language,
        hours_ahead=HOURS_AHEAD.get(str(one.attributes.get("region", "")), 0),
        products=one.products,
        writes=one.writes,
        health=one.health,
        issues=one.issues,
        jobs_per_day=one.jobs_per_day,
        unlisted=tuple(name for name in attributes if name not in one.attributes),
    )


def _draw_inhabitant(
    platform: PlatformSpec,
    odds: Mapping[str, Odds],
    draws: Draws,
    number: int,
    size: float,
    origin_ms: int,
    taken: set[str],
) -> Inhabitant:
    key = _fresh_id(draws, taken)
    called, wanted = _TRADES.get(platform.domain, (_SECOND, _PRODUCTS))
    wave = _draw_weighted(draws, {wave: wave.weight for wave in platform.waves or USUAL_WAVES})
    cutover = _draw_cutover(wave, draws, origin_ms)
    attributes = _draw_attributes(platform, odds, wave, draws)
    region = str(attributes["region"])
    language = _draw_weighted(draws, SPOKEN.get(region, {"en": 1.0}))
    currency = PAID_IN.get(region, "EUR")
    attributes.update({"language": language, "currency": currency, "stage": wave.stage.value, "wave": wave.number})
    return Inhabitant(
        number=number,
        id=key,
        name=f"{draws.choice(_FIRST)} {draws.choice(_FIRST)} {draws.choice(called)}",
        attributes=attributes,
        wave=wave.number,
        stage=wave.stage,
        cutover_ms=cutover,
        journeys_per_day=size,
        average_order_value=max(500, round(draws.skewed(5_800, 0.55))),
        currency=currency,
        language=language,
        hours_ahead=HOURS_AHEAD.get(region, 0),
        products=tuple(draws.choice(wanted) for _ in range(3)),
        writes=draws.happens(0.45),
        health=round(draws.between(0.82, 1.0), 2),
    )


def _draw_attributes(
    platform: PlatformSpec, odds: Mapping[str, Odds], wave: WaveSpec, draws: Draws
) -> dict[str, Plain]:
    unmoved = {
        name: value
        for name, value in UNMOVED.items()
        if name in odds and name not in platform.attributes and wave.stage is Stage.PRE
    }
    attributes: dict[str, Plain] = {name: _draw_weighted(draws, unmoved.get(name, odds[name])) for name in odds}
    age, size = int(draws.uniform() * 401), min(60_000, max(5, round(draws.skewed(420, 1.3))))
    counted: dict[str, Plain] = {"token_age_days": age, "catalogue_size": size}
    return {**counted, **attributes}


def _fresh_id(draws: Draws, taken: set[str]) -> str:
    """A number without meaning that nobody has yet."""
    while True:
        number = int(draws.uniform() * 32**6)
        key = "MERCH-" + "".join(CROCKFORD[(number >> (5 * place)) & 31] for place in range(6))
        if key not in taken:
            taken.add(key)
            return key


def _draw_cutover(wave: WaveSpec, draws: Draws, origin_ms: int) -> int | None:
    """A wave moves within two hours; who is not moved yet and has no date ahead, has none."""
    late = draws.between(0, 2 * HOUR_MS)
    if wave.stage is Stage.POST:
        return origin_ms - int(abs(wave.cutover_in_days) * DAY_MS + late)
    return origin_ms + int(wave.cutover_in_days * DAY_MS + late) if wave.cutover_in_days > 0 else None


def _draw_weighted(draws: Draws, odds: Mapping[T, float]) -> T:
    """One of the options, as likely as its weight."""
    left = draws.uniform() * sum(odds.values())
    for option, weight in odds.items():
        left -= weight
        if left < 0:
            return option
    return list(odds)[-1]


def fits_scope(scope: Scope, attributes: Mapping[str, Plain]) -> bool:
    """Whether somebody with these attributes is within a scope; who lacks an attribute is not."""
    return all(name in attributes and accepts_value(matcher, attributes[name]) for name, matcher in scope.items())


def accepts_value(matcher: Matcher, value: Plain) -> bool:
    """Whether one value is what a scope asks for."""
    if isinstance(matcher, Between):
        if isinstance(value, bool | str) or value is None:
            return False
        return (matcher.above is None or value > matcher.above) and (matcher.below is None or value < matcher.below)
    if isinstance(matcher, tuple):
        return any(_is_same_value(one, value) for one in matcher)
    return _is_same_value(matcher, value)


def _is_same_value(wanted: Plain, value: Plain) -> bool:
    """Equal, and no switch taken for a number."""
    return wanted == value and isinstance(wanted, bool) == isinstance(value, bool)
