"""What every store promises of a tenant's own domain packs."""

import pytest

from app.domain.errors import Conflict, NotFound
from app.domain.packs import PackContent, PackVersion
from app.ports.store import Store
from tests.builders import make_scope, minutes

DEMO, OTHER = make_scope("demo"), make_scope("other")


def make_version(number: int, **changes: object) -> PackVersion:
    fields = {
        "number": number,
        "name": "commerce",
        "title": "Shöps",
        "digest": f"{number:064d}",
        "files": ("causes/a.yaml",),
        "causes": 3,
        "by": "person:ada",
        "at": minutes(number),
    }
    return PackVersion.model_validate(fields | changes)


def make_content(number: int) -> PackContent:
    pack = {"name": "commerce", "unknown_prior": -1.5, "n": [number]}
    return PackContent.model_validate({"pack": pack, "files": {"causes/a.yaml": "id: ü"}})


def test_a_version_reads_back_as_it_was_uploaded(store: Store) -> None:
    with store.write(DEMO) as session:
        for number in (1, 2):
            session.packs.add(make_version(number), make_content(number))
    with store.read(DEMO) as session:
        assert session.packs.get(1) == make_version(1)
        assert session.packs.content(2) == make_content(2)
        assert [one.number for one in session.packs.all()] == [2, 1]


def test_a_number_is_given_once_and_what_is_kept_stays(store: Store) -> None:
    with store.write(DEMO) as session:
        session.packs.add(make_version(1), make_content(1))
    with pytest.raises(Conflict, match="never changed"), store.write(DEMO) as session:
        session.packs.add(make_version(1, note="another"), make_content(9))
    with store.read(DEMO) as session:
        assert (session.packs.get(1), session.packs.content(1)) == (make_version(1), make_content(1))


def test_a_number_that_is_not_there_and_the_pack_of_another_tenant_are_not_found(store: Store) -> None:
    with store.write(DEMO) as session:
        session.packs.add(make_version(1), make_content(1))
    with store.read(OTHER) as session:
        assert session.packs.all() == []
        for read in (session.packs.get, session.packs.content):
            with pytest.raises(NotFound, match="number 1"):
                read(1)


def test_what_was_added_in_a_block_that_failed_was_never_there(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write(DEMO) as session:
        session.packs.add(make_version(1), make_content(1))
        raise ZeroDivisionError
    with store.read(DEMO) as session:
        assert session.packs.all() == []
