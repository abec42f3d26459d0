"""Who may log in to PostgreSQL: also somebody who owns the database and may make no roles."""

import psycopg
import pytest

from app.domain.tenants import Scope, Tenant
from app.store.sql.engine import open_store
from tests.postgres import Server


@pytest.fixture
def postgres_of_a_plain_login(postgres_of_my_own: Server) -> str:
    """An empty database on a server that has never seen the application's role, for its owner, who may not make it."""
    with psycopg.connect(postgres_of_my_own.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("CREATE DATABASE theirs OWNER plain")
    return postgres_of_my_own.url("theirs", login="plain")


def test_a_postgres_login_that_may_make_no_roles_works_as_the_owner(postgres_of_a_plain_login: str) -> None:
    for _ in range(2):
        store = open_store(postgres_of_a_plain_login)
        store.put_tenant(Tenant(id="t", title="T"))
        with store.write(Scope(tenant_id="t")) as session:
            session.notes.put("seen", {"by": "its owner"})
        with store.read(Scope(tenant_id="t")) as session:
            assert session.notes.get("seen") == {"by": "its owner"}
        with store.read(Scope(tenant_id="other")) as session:
            assert session.notes.get("seen") is None
        store.close()
