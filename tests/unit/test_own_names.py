"""A shop's own name in an address is masked, whole or cut as addresses cut names."""

import pytest

from app.observe.own_names import list_own_names, mask_own_name
from tests.builders import make_merchant

SHOP = make_merchant("m10962", name="Balaji Shakti Nha Thuoc")


@pytest.mark.parametrize(
    ("part", "masked"),
    [
        ("balaji-shakti-nha-thuoc", True),
        ("balaji-shakti-nha-thuo", True),
        ("balaji-shakti", True),
        ("balaji", False),
        ("balaji-stores-of-pune", False),
    ],
)
def test_a_name_is_known_in_a_path_though_it_was_cut(part: str, masked: bool) -> None:
    names = list_own_names([SHOP])[SHOP.id]
    assert mask_own_name(f"/s/{part}/p/17", names) == ("/s/{shop}/p/17" if masked else None)
