"""The state of the simulated platform: merchants with settings, what was changed when, and what people were told.

The settings are the truth of this little world. Telemetry reads them, tools change them, and nothing else does. Every change is kept
with its moment, so that the past can be asked again and reads as it did then.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from pydantic import Field

from app.domain.base import Moment, Stage, Value
from app.domain.merchants import Merchant, Plain
from simulations.chance import Draws

NOTE_KEY: Final = "shop"
"""Where a tenant's notes keep the shop."""

Version = Literal["v2", "v3"]
RecordKind = Literal["escalation", "ticket", "doc_proposal", "query", "held_wave"]


class Settings(Value):
    """What a merchant's integration is set to. `strain` is 1 in a sound shop; a wrong fix raises it, and every fault shows that often."""

    callback_scheme: Literal["http", "https"] = "https"
    webhook_version: Version = "v3"
    token_version: Version = "v3"  # noqa: S105
    cache_generation: Literal["current", "stale"] = "current"
    sync_rate_per_minute: int = Field(default=40, ge=0, le=100_000)
    sync_limit_per_minute: int = Field(default=60, ge=1, le=100_000)
    strain: int = Field(default=1, ge=1, le=64)


class Change(Value):
    """One field that was changed. `setting` is the name a restore uses; one call may change several fields, or harm another, under it."""

    setting: str
    field: str
    before: Plain
    after: Plain
    at: Moment
    tool: str = Field(default="", description="empty when the migration itself changed it")
    reference: str = ""


class MerchantShop(Value):
    """One merchant of the platform: who they are, how busy, and how they are set up."""

    id: str
    name: str
    plan: str
    region: str
    gateway: str
    theme: str
    plugins: tuple[str, ...] = ()
    api_version: Version = "v3"
    stage: Stage
    wave: int
    cutover_date: date | None = None
    health: float = Field(default=1.0, ge=0, le=1)
    issues: int = Field(default=0, ge=0)
    average_order_value: int
    currency: str
    checkouts_per_hour: float = Field(ge=0)
    catalogue: tuple[str, ...] = Field(description="product names, as shoppers and tickets call them")
    writes_tickets: bool = True
    language: str = "en"
    settings: Settings
    changes: tuple[Change, ...] = ()

    def settings_at(self, moment: datetime) -> Settings:
        """The settings as they stood at that moment."""
        later = [change for change in self.changes if change.at > moment]
        if not later:
            return self.settings
        return self.settings.changed(**{change.field: change.before for change in reversed(later)})

    def after(self, changes: tuple[Change, ...]) -> "MerchantShop":
        """The merchant after some changes, with the changes remembered."""
        settings = self.settings.changed(**{change.field: change.after for change in changes})
        return self.changed(settings=settings, changes=(*self.changes, *changes))

    def last_changes(self, setting: str) -> tuple[Change, ...]:
        """What the last tool that touched a setting changed; empty when only the migration did."""
        mine = [change for change in self.changes if change.setting == setting and change.tool]
        return tuple(change for change in mine if change.reference == mine[-1].reference)

    def attributes(self) -> dict[str, Plain]:
        """What the platform's directory shows of the settings."""
        shown = ("callback_scheme", "token_version", "cache_generation", "sync_rate_per_minute", "sync_limit_per_minute")
        return {name: getattr(self.settings, name) for name in shown}

    def directory_entry(self) -> Merchant:
        """The merchant as the platform's directory lists it."""
        shared = set(Merchant.model_fields) & set(type(self).model_fields)
        known = {name: getattr(self, name) for name in shared}
        return Merchant(**known, webhook_version=self.settings.webhook_version, attributes=self.attributes())


class Record(Value):
    """Something that was written down for people: an escalation, a ticket, a proposed text, a query, a held wave."""

    reference: str
    kind: RecordKind
    at: Moment
    arguments: dict[str, Any] = Field(default_factory=dict)
    open: bool = True
    closed_at: Moment | None = None


class Applied(Value):
    """A call that was answered: the same key gets the same answer again, and another request under that key is refused."""

    request_digest: str
    answer: dict[str, Any]


class ShopState(Value):
    """The whole platform of one tenant, plain enough to be kept as JSON."""

    seed: int = 0
    merchants: dict[str, MerchantShop] = Field(default_factory=dict)
    records: dict[str, Record] = Field(default_factory=dict)
    applied: dict[str, Applied] = Field(default_factory=dict, description="idempotency key to what was answered")
    broken_tools: tuple[str, ...] = Field(default=(), description="tools that answer 200 and change nothing")
    harmful_tools: tuple[str, ...] = Field(default=(), description="tools that answer 200 and make it worse")

    def with_merchant(self, merchant: MerchantShop) -> "ShopState":
        """The platform with one merchant replaced."""
        return self.changed(merchants={**self.merchants, merchant.id: merchant})

    def directory(self) -> list[Merchant]:
        """Every merchant as the directory lists them, by id."""
        return [self.merchants[key].directory_entry() for key in sorted(self.merchants)]


def reference_exists(state: ShopState, reference: str) -> bool:
    """Whether a tool's reference stands for something that is there: a record that is open, or a change of a setting."""
    record = state.records.get(reference)
    if record is not None:
        return record.open
    changes = (change for merchant in state.merchants.values() for change in merchant.changes)
    return bool(reference) and any(change.reference == reference for change in changes)


class _Fault(Value):
    """How one merchant of the demo goes wrong: the field, its sound value and when it breaks, counted from the first break."""

    merchant_id: str
    field: str
    sound: Plain
    after_minutes: int


DEMO_FAULTS: Final[tuple[_Fault, ...]] = (
    _Fault(merchant_id="MERCH-E5F6A7", field="sync_rate_per_minute", sound=45, after_minutes=0),
    _Fault(merchant_id="MERCH-C3D4E5", field="webhook_version", sound="v3", after_minutes=10),
    _Fault(merchant_id="MERCH-A1B2C3", field="callback_scheme", sound="https", after_minutes=20),
    _Fault(merchant_id="MERCH-B2C3D4", field="callback_scheme", sound="https", after_minutes=20),
    _Fault(merchant_id="MERCH-B2C3D4", field="cache_generation", sound="current", after_minutes=25),
    _Fault(merchant_id="MERCH-D4E5F6", field="token_version", sound="v3", after_minutes=30),
)
"""What breaks in the demo. Before its minute each of these worked, because the platform still accepted the old way."""


def _demo_merchants() -> tuple[MerchantShop, ...]:
    return (
        MerchantShop(
            id="MERCH-A1B2C3",
            name="Harbour & Pine",
            plan="growth",
            region="eu-west",
            gateway="adyen",
            theme="atlas",
            plugins=("reviews", "gift-cards"),
            stage=Stage.POST,
            wave=1,
            health=0.41,
            issues=14,
            average_order_value=6_450,
            currency="EUR",
            checkouts_per_hour=28,
            catalogue=("oak side table", "wool throw", "brass lamp"),
            settings=Settings(callback_scheme="http"),
        ),
        MerchantShop(
            id="MERCH-B2C3D4",
            name="Velo Nord",
            plan="enterprise",
            region="eu-central",
            gateway="adyen",
            theme="linea",
            plugins=("reviews", "price-lists"),
            stage=Stage.POST,
            wave=1,
            health=0.36,
            issues=19,
            average_order_value=18_900,
            currency="EUR",
            checkouts_per_hour=28,
            language="de",
            catalogue=("gravel bike", "rain jacket", "pannier bag"),
            settings=Settings(callback_scheme="http", cache_generation="stale"),
        ),
        MerchantShop(
            id="MERCH-C3D4E5",
            name="Copper Kettle Coffee",
            plan="growth",
            region="us-east",
            gateway="stripe",
            theme="atlas",
            plugins=("subscriptions",),
            stage=Stage.POST,
            wave=2,
            health=0.47,
            issues=12,
            average_order_value=3_980,
            currency="USD",
            checkouts_per_hour=30,
            catalogue=("ethiopia beans", "pour-over set", "espresso cups"),
            settings=Settings(webhook_version="v2"),
        ),
        MerchantShop(
            id="MERCH-D4E5F6",
            name="Maison Lavande",
            plan="growth",
            region="eu-west",
            gateway="stripe",
            theme="linea",
            plugins=("gift-cards",),
            stage=Stage.IN_PROGRESS,
            wave=3,
            health=0.58,
            issues=8,
            average_order_value=5_200,
            currency="EUR",
            checkouts_per_hour=26,
            language="fr",
            catalogue=("lavender soap", "linen sachet", "hand cream"),
            settings=Settings(token_version="v2"),  # noqa: S106
            writes_tickets=False,
        ),
        MerchantShop(
            id="MERCH-E5F6A7",
            name="Fieldhouse Outdoor",
            plan="starter",
            region="us-west",
            gateway="paypal",
            theme="strata",
            plugins=("erp-sync", "reviews"),
            stage=Stage.IN_PROGRESS,
            wave=3,
            health=0.63,
            issues=7,
            average_order_value=9_900,
            currency="USD",
            checkouts_per_hour=20,
            language="es",
            catalogue=("two-person tent", "trail stove", "dry bag"),
            settings=Settings(sync_rate_per_minute=180),
        ),
        MerchantShop(
            id="MERCH-F6A7B8",
            name="Paper Lantern Books",
            plan="starter",
            region="eu-west",
            gateway="paypal",
            theme="strata",
            plugins=("reviews",),
            api_version="v2",
            stage=Stage.PRE,
            wave=4,
            health=0.97,
            issues=0,
            average_order_value=2_350,
            currency="GBP",
            checkouts_per_hour=22,
            catalogue=("poetry reader", "city atlas", "notebook set"),
            settings=Settings(webhook_version="v2", token_version="v2"),  # noqa: S106
        ),
    )


CUTOVER_DAYS: Final = {
    "MERCH-A1B2C3": -2,
    "MERCH-B2C3D4": -2,
    "MERCH-C3D4E5": -1,
    "MERCH-D4E5F6": 1,
    "MERCH-E5F6A7": 1,
    "MERCH-F6A7B8": 12,
}
"""Days from the day things break to each merchant's cutover."""


def demo_state(seed: int, began: datetime | None = None) -> ShopState:
    """Six merchants in a migration that is going wrong.

    With `began`, the faults set in one after another from that moment and the time before was quiet; without it they were always there.
    The seed varies how busy each shop is.
    """
    merchants = {merchant.id: _seeded(merchant, seed, began) for merchant in _demo_merchants()}
    return ShopState(seed=seed, merchants=merchants)


def _seeded(merchant: MerchantShop, seed: int, began: datetime | None) -> MerchantShop:
    busier = 0.9 + 0.2 * Draws(seed, merchant.id, "traffic").uniform()
    cutover = (began + timedelta(days=CUTOVER_DAYS[merchant.id])).date() if began else None
    changes = tuple(_break(fault, merchant, began) for fault in DEMO_FAULTS if began and fault.merchant_id == merchant.id)
    return merchant.changed(checkouts_per_hour=round(merchant.checkouts_per_hour * busier, 3), cutover_date=cutover, changes=changes)


def _break(fault: _Fault, merchant: MerchantShop, began: datetime) -> Change:
    broken = getattr(merchant.settings, fault.field)
    at = began + timedelta(minutes=fault.after_minutes)
    return Change(setting=fault.field, field=fault.field, before=fault.sound, after=broken, at=at)
