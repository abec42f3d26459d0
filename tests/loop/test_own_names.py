"""Paths that name the shop they are of are one place, from the door on, before and after the directory is read anew."""

from pathlib import Path

from app.bootstrap import Application, build_application
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.schemas.merchants import IncomingMerchant
from app.schemas.signals import IncomingSignal
from app.services.intake.ingest import accept
from app.services.intake.merchants import import_merchants
from app.settings import Settings
from app.system import SteppedClock
from tests.builders import minutes

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
SHOPS = {"M1": "Green Barn", "M2": "Old Mill", "M3": "Corner Dairy"}


def opened(folder: Path) -> Application:
    settings = Settings(data=folder, lite=True, demo=False, log_level="ERROR")
    return build_application(settings, clock=SteppedClock(minutes(60)))


def take_in(application: Application, shop: str, number: int) -> None:
    slug = SHOPS[shop].lower().replace(" ", "-")
    said = {
        "signal_type": "api_error",
        "source": "edge",
        "merchant_id": shop,
        "occurred_at": minutes(number).isoformat(),
        "endpoint": f"POST /v3/{slug}/carts/{number:08x}a1/lines",
        "status": 409,
    }
    accept(application.ctx, SCOPE, [IncomingSignal.model_validate(said, strict=False)])


def streams(application: Application) -> set[str]:
    with application.store.read(SCOPE) as session:
        return {one.stream for one in session.rollups.between(0, 10**9) if one.stream.startswith("errors|")}


def test_what_fails_at_many_shops_is_one_stream_though_the_path_names_each(tmp_path: Path) -> None:
    application = opened(tmp_path)
    import_merchants(application.ctx, SCOPE, [IncomingMerchant(id=one, name=name) for one, name in SHOPS.items()])
    for number, shop in enumerate(SHOPS):
        take_in(application, shop, number)
    found = streams(application)
    with application.store.read(SCOPE) as session:
        kept = session.signals.recent(limit=1)[0]
    application.stop()
    assert found == {"errors|call|/*/{shop}/carts/{id}/lines|409"}
    assert "/corner-dairy/" in (kept.endpoint or ""), "what its sender wrote stays"


def test_who_comes_into_the_directory_later_is_known_by_name_from_then_on(tmp_path: Path) -> None:
    application = opened(tmp_path)
    take_in(application, "M1", 1)
    import_merchants(application.ctx, SCOPE, [IncomingMerchant(id="M1", name="Green Barn")])
    take_in(application, "M1", 2)
    found = streams(application)
    application.stop()
    assert found == {"errors|call|/*/green-barn/carts/{id}/lines|409", "errors|call|/*/{shop}/carts/{id}/lines|409"}
