"""Names of new lots and purchases, beside those that the plant has already."""

from dataclasses import replace

import pytest

from capacityplan.domain.naming import mark
from capacityplan.domain.plant import Item, ItemKind, Plant, Receipt, ReceiptKind, Stock

PLANT = Plant("p", "2027-03-01T06:00:00", "UTC", "EUR", items=(Item("A", ItemKind.RAW),))


def bought(name: str) -> Receipt:
    return Receipt(name, ReceiptKind.PURCHASE, "A", 10, 60)


def test_names_of_the_user_leave_the_plain_ones_free() -> None:
    assert mark(PLANT) == ""
    assert mark(replace(PLANT, receipts=(bought("PO-A-01"),), stock=(Stock("S-A-1", "A", 5),))) == ""


@pytest.mark.parametrize(
    "own",
    [
        {"receipts": (bought("PO00001"),)},
        {"receipts": (bought("PO-T12"),)},
        {"stock": (Stock("L00079", "A", 5),)},
        {"stock": (Stock("PT00003/2", "A", 5),)},
    ],
)
def test_names_like_the_plain_ones_set_new_ones_apart(own: dict[str, tuple[object, ...]]) -> None:
    assert mark(replace(PLANT, **own)) == "270301-"  # type: ignore[arg-type]
    older = bought("PO270301-00001")
    assert mark(replace(PLANT, **{"receipts": (bought("PO00001"), older)})) == "270301b-"
