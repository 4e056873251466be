"""Demand with one order more, netted for its item alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capacityplan.demand import net
from capacityplan.demand.netting import Netting
from capacityplan.domain.plant import Order
from capacityplan.domain.timeline import Timeline
from capacityplan.templates import NAMES, build


@pytest.mark.parametrize("name", NAMES)
def test_one_order_more_is_netted_as_the_whole_plant_with_it(name: str) -> None:
    plant = build(name, seed=3, size=0.1)
    timeline = Timeline.of(plant)
    netting = Netting(plant, timeline)
    assert netting.demands == net(plant)
    customers = {"", *(row.customer for row in plant.customers)}
    for number, item in enumerate(sorted({row.item for row in plant.orders})):
        for customer in customers:
            for day in (-2, 3 + number % 7, 40, 10_000):
                order = Order("NEW", item, 150, day * 1440, customer)
                wanted = net(replace(plant, orders=(*plant.orders, order)))
                assert netting.with_order(order) == wanted
                if 0 < day < 10_000:
                    assert wanted != netting.demands
