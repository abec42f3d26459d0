"""What every store promises of what people are told."""

from app.domain.notices import NoticeState
from app.ports.store import Store
from tests.builders import make_notice, make_scope, minutes

DEMO = make_scope("demo")
_S = NoticeState


def test_a_notice_is_kept_once_and_replaced_by_its_id(store: Store) -> None:
    with store.write(DEMO) as session:
        assert [session.notices.add(one) for one in (make_notice(1), make_notice(2), make_notice(1, attempts=3))] == [
            True,
            True,
            False,
        ]
        sent = make_notice(2).ended(_S.SENT, minutes(5), reference="1700.1")
        session.notices.save(sent)
    with store.read(DEMO) as session:
        assert (session.notices.get(make_notice(1).id), session.notices.get(sent.id)) == (make_notice(1), sent)
        assert session.notices.get("nobody") is None


def test_a_page_is_of_a_target_of_states_and_since_a_moment(store: Store) -> None:
    with store.write(DEMO) as session:
        for number in range(1, 5):
            session.notices.add(make_notice(number))
        session.notices.add(make_notice(5, target="manager"))
        session.notices.save(make_notice(3, state=_S.SENT, ended_at=minutes(9)))
    with store.read(DEMO) as session:
        page = session.notices.page
        of = {number: make_notice(number).id for number in range(1, 5)}
        of[5] = make_notice(5, target="manager").id
        assert [one.id for one in page(limit=2)] == [of[5], of[4]]
        assert [one.id for one in page(target="ops", states={_S.WAITING}, oldest_first=True)] == [of[1], of[2], of[4]]
        assert [one.id for one in page(since=minutes(3), states=[_S.SENT])] == [of[3]]
        assert page(target="nobody") == page(states=[]) == page(limit=0) == []


def test_what_went_out_or_may_have_is_counted_since_a_moment(store: Store) -> None:
    ends = {1: _S.SENT, 2: _S.SHOWN, 3: _S.IN_DOUBT, 4: _S.GAVE_UP, 5: _S.OVERTAKEN}
    with store.write(DEMO) as session:
        for number, state in ends.items():
            session.notices.add(make_notice(number).ended(state, minutes(number)))
        session.notices.add(make_notice(6))
        session.notices.add(make_notice(7, target="manager").ended(_S.SENT, minutes(7)))
    with store.read(DEMO) as session:
        counted = [session.notices.count_sent("ops", minutes(since)) for since in (0, 2, 3, 4)]
    assert counted == [3, 2, 1, 0]


def test_what_ended_long_ago_goes_and_what_waits_stays(store: Store) -> None:
    with store.write(DEMO) as session:
        session.notices.add(make_notice(1).ended(_S.SENT, minutes(1)))
        session.notices.add(make_notice(2).ended(_S.GAVE_UP, minutes(9)))
        session.notices.add(make_notice(3))
        assert session.notices.discard_before(minutes(5)) == 1
    with store.read(DEMO) as session:
        assert {one.id for one in session.notices.page()} == {make_notice(2).id, make_notice(3).id}


def test_a_tenant_sees_its_own_notices_only(store: Store) -> None:
    with store.write(DEMO) as session:
        session.notices.add(make_notice(1))
    with store.read(make_scope("other")) as session:
        assert session.notices.page() == []
        assert session.notices.get(make_notice(1).id) is None
