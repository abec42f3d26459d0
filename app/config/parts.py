"""The configuration part by part, each with the digest of what it says: what is recorded of it, and by what it is told
whether anything has changed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from app.domain.base import Value, digest_of

if TYPE_CHECKING:
    from app.config.model import Config, DomainPack

PACK = "domain_pack"


class ConfigPart(NamedTuple):
    """One of them."""

    kind: str
    name: str
    version: str
    body: dict[str, Any]


def read_parts(config: "Config") -> Iterator[ConfigPart]:
    """All of them."""
    yield ConfigPart("policies", "agent", config.policy_version, config.policies.plain())
    yield _part_of("thresholds", "thresholds", config.thresholds)
    yield _part_of("retention", "retention", config.retention)
    yield _part_of("risk_matrix", "risk_matrix", config.risk)
    for spec in config.tools:
        yield _part_of("tool", spec.name, spec)
    if config.connections or config.modes:
        from app.config.model import ConnectionsFile

        said = ConnectionsFile(connections=config.connections, modes=config.modes)
        yield _part_of("connections", "connections", said)
    if config.notices:
        from app.config.model import NoticesFile

        yield _part_of("notices", "notices", NoticesFile(targets=config.notices))
    for pack in config.packs.values():
        yield _part_of(PACK, pack.name, pack)
        yield from _playbooks_of(pack)
    for playbook in config.playbooks:
        yield _part_of("playbook", f"playbooks/{playbook.id}", playbook)


def _playbooks_of(pack: "DomainPack") -> Iterator[ConfigPart]:
    """What is done about each cause of a pack, and about the causes nobody knows."""
    treated = {cause.id: cause.treatments for cause in pack.causes if cause.treatments} | {"fallback": (pack.fallback,)}
    for cause, treatments in treated.items():
        body = {"pack": pack.name, "cause": cause, "treatments": [one.plain() for one in treatments]}
        yield ConfigPart("playbook", f"{pack.name}/{cause}", digest_of(body), body)


def _part_of(kind: str, name: str, value: Value) -> ConfigPart:
    body = value.plain()
    return ConfigPart(kind, name, digest_of(body), body)
