"""Who may do what: the role that each use case needs, in one place."""

from app.domain.errors import Forbidden
from app.domain.tenants import Role, Scope


def require(scope: Scope, role: Role) -> None:
    """Refuse a principal whose role does not cover this one."""
    if not scope.principal.role.covers(role):
        raise Forbidden(f"this needs the role {role.value}; {scope.principal.id} is {scope.principal.role.value}")
