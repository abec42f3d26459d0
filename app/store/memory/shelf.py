"""What the memory holds and how a block sees it: states are replaced whole, never changed, so a view stays as it was.

A writing block copies a shelf when it first touches it. Committing swaps one reference; rolling back forgets the
copies.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.tenants import Scope
from app.domain.work import ConfigVersion
from app.store import transitions

Shelf = dict[Any, Any]
State = Mapping[tuple[str, str], Any]
"""Tenant and kind of row to the rows by key. Rows are still values, texts and plain tuples: nothing in them can be
changed from outside.

Signals, of which there are very many, are one frozen pool instead.
"""

TENANTS = ("", "tenants")
INSTALLATION = ("", "installation")
"""Facts of the installation as a whole: the kill switch while it is on."""
CONFIG = ("", "config_versions")
"""Every version of the configuration that was ever loaded, by its number."""


class ShelfView:
    """One block's sight of one tenant; the only place where the tenant is named."""

    def __init__(self, state: State, scope: Scope, *, writable: bool) -> None:
        self.scope = scope
        self._state = state
        self._own: dict[tuple[str, str], Any] = {}
        self._writable = writable
        self._open = True

    def rows(self, kind: str) -> Mapping[Any, Any]:
        """The rows of a kind, to read."""
        return self._at((self.scope.tenant_id, kind))

    def edit(self, kind: str) -> Shelf:
        """The rows of a kind, to change: a copy that counts when the block ends well."""
        self._check_writable()
        key = (self.scope.tenant_id, kind)
        if key not in self._own:
            self._own[key] = dict(self._state.get(key, {}))
        shelf: Shelf = self._own[key]
        return shelf

    def kept(self, kind: str, nothing: Any) -> Any:
        """The frozen whole of a kind that is replaced rather than changed; `nothing` before the first."""
        self._check_open()
        key = (self.scope.tenant_id, kind)
        return self._own[key] if key in self._own else self._state.get(key, nothing)

    def keep(self, kind: str, whole: Any) -> None:
        """Replace it; that counts when the block ends well."""
        self._check_writable()
        self._own[self.scope.tenant_id, kind] = whole

    def tenant(self) -> str | None:
        """This tenant's own row, if it is registered."""
        stored: str | None = self._at(TENANTS).get(self.scope.tenant_id)
        return stored

    def edit_tenant(self, stored: str) -> None:
        """Replace this tenant's own row."""
        self._check_writable()
        self._own[TENANTS] = {**self._at(TENANTS), self.scope.tenant_id: stored}

    def stopped(self) -> str | None:
        """The kill switch for every tenant, while it is on."""
        stored: str | None = self._at(INSTALLATION).get(transitions.KILL_SWITCH)
        return stored

    def policies_in_force(self) -> str | None:
        """The version of the newest policies that were loaded."""
        return newest_policies(self._at(CONFIG))

    def end(self) -> None:
        """The block is over."""
        self._open = False

    def state(self) -> State:
        """The state with what this block changed."""
        return {**self._state, **self._own}

    def _at(self, key: tuple[str, str]) -> Shelf:
        self._check_open()
        shelf: Shelf = self._own[key] if key in self._own else self._state.get(key, {})
        return shelf

    def _check_writable(self) -> None:
        self._check_open()
        if not self._writable:
            raise RuntimeError("a reading session cannot write")

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("this session's block has ended; open another one")


def newest_policies(loaded: Shelf) -> str | None:
    """The version of the newest policies on the shelf of what was loaded."""
    newest_first: Iterable[ConfigVersion] = reversed(loaded.values())
    return next((one.version for one in newest_first if one.kind == transitions.POLICIES), None)
