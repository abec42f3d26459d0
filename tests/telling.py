"""Four targets on this machine, each over another vendor, and what they are told."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.bootstrap import Application, build_application
from app.domain.actions import Action
from app.domain.incidents import Incident
from app.domain.notices import Notice, NoticeTarget
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.services.notices.deliver import Teller
from app.settings import Settings
from app.system import SteppedClock
from tests.builders import NOW, make_action, make_decision, make_incident
from tests.standins.base import StandIn, served
from tests.standins.events import Events
from tests.standins.mail import Mail, served_mail
from tests.standins.slack import Slack
from tests.standins.telegram import Telegram

CONFIG = Path(__file__).resolve().parents[1] / "config"
SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
ALL = ["pending", "expiring", "escalated", "harm", "kill_switch"]
VALUES: Mapping[str, dict[str, str]] = {
    "slack": {"channel": "C0123456789"},
    "events": {"path": "causeway/incidents"},
    "mail": {"from": "causeway@example.com", "to": "team@example.com"},
    "telegram": {"chat": "-1001234567890"},
}
SECONDS = 1.5
SECRETS = {"slack": "token", "events": "signing", "telegram": "token"}


@dataclass
class Vendors:
    """The servers, each empty again for the next test."""

    slack: Slack = field(default_factory=Slack)
    events: Events = field(default_factory=Events)
    mail: Mail = field(default_factory=Mail)
    telegram: Telegram = field(default_factory=Telegram)

    def each(self) -> dict[str, StandIn]:
        return {"slack": self.slack, "events": self.events, "mail": self.mail, "telegram": self.telegram}

    def clear(self) -> None:
        for one in self.each().values():
            for kept in vars(one).values():
                if hasattr(kept, "clear") and not hasattr(kept, "is_set"):
                    kept.clear()


@contextmanager
def open_vendors() -> Iterator[Vendors]:
    found = Vendors()
    with ExitStack() as opened:
        for one in found.each().values():
            opened.enter_context(served_mail(one) if isinstance(one, Mail) else served(one))
        yield found


def write_config(folder: Path, vendors: Vendors, targets: list[dict[str, Any]]) -> Path:
    """The shipped configuration with an account at each server, and these targets."""
    config = folder / "config"
    shutil.copytree(CONFIG, config)
    mail = config / "vendors" / "mail.yaml"
    mail.write_text(mail.read_text().replace("secrets: [user, password]", "secrets: []"))
    for path in (config / "vendors").glob("*.yaml"):
        path.write_text(path.read_text().replace("\nnotice:\n", f"\nnotice:\n  timeout_seconds: {SECONDS}\n"))
    accounts = []
    for name, one in vendors.each().items():
        secret = folder / f"secret-{name}"
        secret.write_text(one.secret)
        account = {"name": name, "host": "127.0.0.1", "port": one.port, "unencrypted": True, "values": VALUES[name]}
        accounts.append(account | ({"secrets": {SECRETS[name]: {"file": str(secret)}}} if name in SECRETS else {}))
    (config / "connections.yaml").write_text(json.dumps({"connections": accounts}))
    (config / "notices.yaml").write_text(json.dumps({"targets": targets}))
    return config


def target_over(vendor: str, **changes: Any) -> dict[str, Any]:
    """A target that wants everything, for real."""
    return {"name": f"by-{vendor}", "over": vendor, "tells": ALL, "mode": "live", **changes}


@dataclass
class Telling:
    """The product with its targets; who tells is begun anew as after a restart when a test wants it."""

    application: Application
    vendors: Vendors
    clock: SteppedClock
    teller: Teller

    @property
    def ctx(self) -> Any:
        return self.application.ctx

    def target(self, name: str) -> NoticeTarget:
        return next(one for one in self.ctx.config.notices if one.name == name)

    def restart(self) -> None:
        self.teller = Teller(self.ctx)

    def tell(self, *names: str) -> None:
        for one in self.teller.targets_of("default"):
            if not names or one.name in names:
                self.teller.tell_target(SCOPE, one)

    def skip(self, **span: float) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(**span))

    def ask(self, number: int = 1, **changes: Any) -> Action:
        return ask_question(self.ctx, self.clock.now(), number, **changes)

    def change(self, number: int, **changes: Any) -> Incident:
        with self.ctx.store.write(SCOPE) as session:
            incident: Incident = session.incidents.get(f"INC-{number:08d}")
            session.incidents.save(incident.changed(**changes))
        return incident

    def notices(self, target: str | None = None) -> list[Notice]:
        with self.ctx.store.read(SCOPE) as session:
            found: list[Notice] = session.notices.page(target=target, oldest_first=True, limit=1_000)
        return found

    def states(self, target: str | None = None) -> list[str]:
        return [one.state.value for one in self.notices(target)]


def ask_question(ctx: Any, now: datetime, number: int, approvers: int = 1, **changes: Any) -> Action:
    """A question of an incident of its own."""
    expires = now + timedelta(hours=2)
    decision = make_decision(number, "default", action_id=f"ACT-{number:08d}", expires_at=expires, approvers=approvers)
    row = make_action(number, "default", decision=decision, proposed_at=now)
    with ctx.store.write(SCOPE) as session:
        session.incidents.add(make_incident(number, **changes))
        session.actions.add(row)
    return row


@contextmanager
def open_telling(folder: Path, vendors: Vendors, targets: list[dict[str, Any]]) -> Iterator[Telling]:
    vendors.clear()
    clock = SteppedClock(NOW)
    settings = Settings(
        data=folder / "data",
        config=write_config(folder, vendors, targets),
        lite=True,
        demo=False,
        log_level="ERROR",
        local_standins=tuple(one.origin for one in vendors.each().values()),
        public_url="https://causeway.example.com/shop/",
    )
    application = build_application(settings, passing=True, clock=clock)
    telling = Telling(application, vendors, clock, Teller(application.ctx))
    telling.ctx.messenger.breakers.clock = lambda: clock.now().timestamp()
    telling.tell()
    try:
        yield telling
    finally:
        application.stop()
