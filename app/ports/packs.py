"""A tenant's own domain packs, as the use cases keep them: each version once and for ever."""

from typing import Protocol

from app.domain.packs import PackContent, PackVersion


class Packs(Protocol):
    """The uploads of one tenant. There is nothing here that changes or removes one."""

    def add(self, version: PackVersion, content: PackContent) -> None:
        """Keep a new version; Conflict where its number is taken."""
        ...

    def get(self, number: int) -> PackVersion:
        """One version; NotFound otherwise."""
        ...

    def content(self, number: int) -> PackContent:
        """What it holds; NotFound otherwise."""
        ...

    def all(self) -> list[PackVersion]:
        """Every version, newest first."""
        ...
