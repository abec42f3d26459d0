"""Thinking is quick: from the evidence of one incident to a proposal, over SQLite, and anew about many open ones. By
processor time, since others share the machine, and with room for slow ones.
"""

from pathlib import Path

from app.domain.hypotheses import UNKNOWN
from tests.bench.reason import many_open, think, think_again

ONE, TWO_HUNDRED = 0.15, 2.0
"""Seconds."""
ROOM = 3
"""How much slower than ours a machine of tests may be."""


def test_from_evidence_to_proposal_and_anew_about_what_is_open(tmp_path: Path) -> None:
    with many_open(tmp_path, incidents=12, merchants=60) as tenant:
        think(tenant.ctx, tenant.incidents[0])
        thoughts = [think(tenant.ctx, one) for one in tenant.incidents]
        again = [think_again(tenant.ctx, one) for one in thoughts]
    assert sorted(one.total for one in thoughts)[len(thoughts) // 2] < ONE * ROOM
    assert sum(one.total for one in again) / len(again) * 200 < TWO_HUNDRED * ROOM
    assert [one.state["decision"]["cause"] for one in again] == [one.state["decision"]["cause"] for one in thoughts]
    assert any(one.state["decision"]["cause"] != UNKNOWN for one in thoughts)
