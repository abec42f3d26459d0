"""Whether this machine has what the product needs, one line per question."""

import shutil
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import AsJson
from app.cli.show import as_json, say
from app.domain.base import JsonMapping
from app.domain.errors import BadConfig, CausewayError

if TYPE_CHECKING:
    from app.config.model import Config, DomainPack
    from app.schemas.operations import TenantUpkeep, UpkeepAnswer
    from app.settings import Settings

LEAST_FREE = 500_000_000
Finding = tuple[bool, str]
ConfigOnly = Annotated[
    bool, typer.Option("--config-only", help="Only read config/ and the runbooks, and list what is in them.")
]


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(doctor)


def doctor(json_: AsJson = False, config_only: ConfigOnly = False) -> None:
    """Check Python, disk, data folder, configuration, ports, retrieval, and the data themselves; exit 1 when something
    is wrong.
    """
    from app.settings import Settings

    found = _config_findings(Settings()) if config_only else _list_findings(Settings())
    findings = [{"check": name, "ok": ok, "detail": detail} for name, (ok, detail) in found]
    if json_:
        as_json(findings)
    else:
        for item in findings:
            say(f"{'ok  ' if item['ok'] else 'BAD '} {item['check']}: {item['detail']}")
    if not all(item["ok"] for item in findings):
        raise typer.Exit(1)


def _list_findings(settings: "Settings") -> Iterator[tuple[str, Finding]]:
    checks: dict[str, Callable[[Settings], Finding]] = {
        "python": _check_python,
        "disk": _check_disk,
        "data folder": _check_data_folder,
        "configuration": _check_configuration,
        "api": _check_api_port,
        "console": _check_console_port,
        "retrieval": _check_retrieval,
    }
    for name, check in checks.items():
        yield name, check(settings)
    yield from _data_findings(settings)


def _data_findings(settings: "Settings") -> Iterator[tuple[str, Finding]]:
    """The data: told by the running server, else looked at here with the folder's lock held. A store is never made for
    it.
    """
    from app.cli.client import open_line, read_as, server_answers
    from app.schemas.operations import UpkeepAnswer

    if (
        settings.database is None
        and not (settings.data / "causeway.sqlite").exists()
        and not server_answers(settings.api_url)
    ):
        yield "store", (True, "there is none yet; the first start makes it")
        return
    try:
        with open_line("default") as product:
            yield from _health_findings(product.read_health()["troubles"])
            findings = read_as(UpkeepAnswer, product.get("/upkeep"))
    except CausewayError as refusal:
        yield "store", (False, refusal.detail)
        return
    yield from _server_findings(findings)


def _health_findings(troubles: list[str]) -> Iterator[tuple[str, Finding]]:
    """What GET /health complains of: a running server says what it cannot do now, one that was just opened what it
    found.
    """
    if not troubles:
        yield "health", (True, "nothing is in trouble")
    for trouble in troubles:
        yield "health", (False, trouble)


def _server_findings(findings: "UpkeepAnswer") -> Iterator[tuple[str, Finding]]:
    """What GET /upkeep says: the store, whether it is sound, and each tenant."""
    yield "store", (bool(findings.store.get("reachable")), _store_sentence(findings.store))
    yield "integrity", (not findings.faults, "; ".join(findings.faults[:3]) or "every page and every reference holds")
    for tenant in findings.tenants:
        yield from _of_tenant(tenant)


def _store_sentence(store: JsonMapping) -> str:
    dialect = store.get("dialect", "unknown")
    if not store.get("reachable"):
        return f"the {dialect} database cannot be reached ({store.get('error', 'no reason given')})"
    writers = "one process writes, a second is refused" if dialect == "sqlite" else "several workers may write"
    return f"{dialect} {store.get('version')}, revision {store.get('revision')} ({writers})"


def _of_tenant(tenant: "TenantUpkeep") -> Iterator[tuple[str, Finding]]:
    from app.cli.audit import verdict_sentence

    name, chain = tenant.tenant, tenant.chain
    yield f"audit of {name}", (chain.ok, verdict_sentence(name, chain))
    waiting = tenant.dead_letters + tenant.in_doubt
    yield (
        f"desk of {name}",
        (
            True,
            f"{tenant.dead_letters} set aside, {tenant.in_doubt} in doubt" if waiting else "nothing waits for a person",
        ),
    )
    yield f"leases of {name}", (True, ", ".join(tenant.leases) or "none held")


def _check_python(settings: "Settings") -> Finding:
    return sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer is needed)"


def _check_disk(settings: "Settings") -> Finding:
    place = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    return free >= LEAST_FREE, f"{free / 1e9:.1f} GB free"


def _check_data_folder(settings: "Settings") -> Finding:
    import os

    place = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
    writable = os.access(place, os.W_OK)
    return writable, f"{settings.data} {'can' if writable else 'cannot'} be written"


def _check_configuration(settings: "Settings") -> Finding:
    from app.config.load import load_config

    try:
        config = load_config(settings.config)
    except CausewayError as refusal:
        return False, refusal.detail
    return (
        True,
        f"policy version {config.policy_version[:12]}, {len(config.tools)} tools, {len(config.packs)} domain pack(s)",
    )


def _check_api_port(settings: "Settings") -> Finding:
    from app.cli.client import server_answers
    from app.cli.ports import is_free

    if server_answers(settings.api_url):
        return True, f"a server answers at {settings.api_url}"
    free = is_free(settings.host, settings.api_port)
    return free, f"port {settings.api_port} is {'free' if free else 'taken by another program'}"


def _check_console_port(settings: "Settings") -> Finding:
    from app.cli.ports import is_free

    return (
        True,
        f"port {settings.console_port} is {'free' if is_free(settings.host, settings.console_port) else 'in use'}",
    )


def _check_retrieval(settings: "Settings") -> Finding:
    from importlib.util import find_spec

    from rag.multilingual import multilingual_available

    if settings.multilingual and multilingual_available():
        return True, "multilingual (by meaning in any language)"
    semantic = not settings.lite and find_spec("sentence_transformers") is not None
    return True, "semantic" if semantic else "lexical (torch is left out)"


# --- what config/ and the runbooks hold
# ----------------------------------------------------------------------------------


def _config_findings(settings: "Settings") -> Iterator[tuple[str, Finding]]:
    """Everything a person can add without code, or every problem with its file, line and key."""
    from app.config.load import load_config

    try:
        config = load_config(settings.config)
    except BadConfig as refusal:
        yield from (("configuration", (False, f"{settings.config.name}/{problem}")) for problem in refusal.problems)
        yield from _runbook_findings(settings, None)
        return
    rules = config.policies.rules
    yield "policies", (True, f"{len(rules)} rules, policy version {config.policy_version[:12]}")
    yield "tools", (True, _list_names([spec.name if spec.enabled else f"{spec.name} (off)" for spec in config.tools]))
    if config.playbooks:
        yield "playbooks", (True, _list_names([f"{one.id} ({len(one.steps)} steps)" for one in config.playbooks]))
    for pack in config.packs.values():
        yield f"causes of {pack.name}", (True, _list_names([cause.id for cause in pack.causes]))
        yield from _pair_findings(pack)
    yield from _runbook_findings(settings, config)


def _pair_findings(pack: "DomainPack") -> Iterator[tuple[str, Finding]]:
    """Which causes of a pack cannot be told apart: said beforehand, overlooked, or but for codes and words."""
    from app.config.telling_apart import SPELLINGS, find_inseparable, list_undeclared, word_pair

    overlooked = list_undeclared(pack)
    yield from ((f"told apart in {pack.name}", (False, word_pair(pair))) for pair in overlooked)
    declared = [" and ".join(pair) for pair in pack.inseparable]
    if not overlooked:
        told = f"all but {'; '.join(declared)}, as the pack says" if declared else "every cause from every other"
        yield f"told apart in {pack.name}", (True, told)
    if bare := [pair for pair in find_inseparable(pack, SPELLINGS) if pair not in overlooked]:
        pairs = "; ".join(" and ".join(pair) for pair in bare)
        yield "hint", (True, f"only by codes, routes and words are told apart: {pairs}")


def _runbook_findings(settings: "Settings", config: "Config | None") -> Iterator[tuple[str, Finding]]:
    from app.system import SystemClock
    from rag.shipped import load_shipped

    try:
        documents = [document for document, _ in load_shipped(settings.runbooks, SystemClock().now())]
    except BadConfig as refusal:
        yield from (("runbooks", (False, problem)) for problem in refusal.problems)
        return
    yield "runbooks", (bool(documents), _list_names([document.id for document in documents]))
    covered = {cause for document in documents for cause in document.causes}
    causes = [cause.id for pack in config.packs.values() for cause in pack.causes] if config else []
    bare = [cause for cause in causes if cause not in covered]
    if bare:
        yield "hint", (True, f"no runbook names {', '.join(bare)}")


def _list_names(names: list[str]) -> str:
    return f"{len(names)}: {', '.join(names)}" if names else "none"
