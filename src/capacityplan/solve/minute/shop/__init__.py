"""Plain shops: nothing but machines, changeovers, calendars and due dates decides a schedule.

Features absent from the data cost nothing: a shop without materials, labs, labour, tools, batches,
longest waits and locks is searched by machine sequences with times propagated only where they
change, about a hundred times as many candidates as the general decoder can try.
"""

from capacityplan.solve.minute.shop.build import applies
from capacityplan.solve.minute.shop.run import search

__all__ = ["applies", "search"]
