"""A merchant and what distinguishes it from the others; contrast needs the healthy ones too."""

from datetime import date

from pydantic import Field

from app.domain.base import JsonObject, Money, Stage, Value

Plain = str | int | float | bool | None


class Merchant(Value):
    """A shop on the platform, with the attributes a fault can select by."""

    id: str = Field(min_length=1, max_length=64)
    name: str = ""
    plan: str = ""
    region: str = ""
    gateway: str = ""
    theme: str = ""
    plugins: tuple[str, ...] = ()
    api_version: str = ""
    webhook_version: str = ""
    wave: int | None = None
    stage: Stage = Stage.PRE
    cutover_date: date | None = None
    health: float | None = Field(default=None, ge=0, le=1)
    issues: int = Field(default=0, ge=0)
    average_order_value: int = Field(default=0, ge=0, le=2**53)
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    attributes: dict[str, Plain] = Field(default_factory=dict)

    @property
    def order_value(self) -> Money:
        """The average order as money."""
        return Money(minor=self.average_order_value, currency=self.currency)

    def dimensions(self) -> JsonObject:
        """The attributes a contrast may compare, flat, by name."""
        known: JsonObject = {
            "plan": self.plan,
            "region": self.region,
            "gateway": self.gateway,
            "theme": self.theme,
            "api_version": self.api_version,
            "webhook_version": self.webhook_version,
            "wave": self.wave,
        }
        told = {name: value for name, value in known.items() if value is not None and value != ""}
        return {**told, "stage": self.stage.value, **self.attributes}
