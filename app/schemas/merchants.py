"""Merchants coming in, and where each stands."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.domain.base import Stage
from app.schemas.base import MOST_SIGNALS, Attributes, Id, Incoming, Outgoing, Short, Whole


class IncomingMerchant(Incoming):
    """One merchant of an import."""

    id: Id
    name: Short = ""
    plan: Short = ""
    region: Short = ""
    gateway: Short = ""
    theme: Short = ""
    plugins: Annotated[list[Short], Field(max_length=100)] = Field(default_factory=list)
    api_version: Short = ""
    webhook_version: Short = ""
    wave: Whole | None = None
    stage: Stage = Stage.PRE
    cutover_date: date | None = None
    health: Annotated[float, Field(ge=0, le=1)] | None = None
    issues: Whole = 0
    average_order_value: Whole = 0
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    attributes: Attributes = Field(default_factory=dict)


class MerchantBatch(Incoming):
    """The body of POST /merchants/import."""

    merchants: Annotated[list[IncomingMerchant], Field(min_length=1, max_length=MOST_SIGNALS)]


class ImportAnswer(Outgoing):
    """How many merchants were taken in, and where they are."""

    imported: int
    tenant: str
