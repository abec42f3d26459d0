"""Groups of sentences that messages are compared with again and again."""

from collections.abc import Sequence

from app.domain.once import once_for_each

LISTS_KEPT = 32


def one_after_other(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """All sentences of all groups; of groups that cannot change they are put together once."""
    return _put_together(groups) if isinstance(groups, tuple) else _join(groups)


@once_for_each(LISTS_KEPT)
def _put_together(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return _join(groups)


def _join(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(one for group in groups for one in group)
