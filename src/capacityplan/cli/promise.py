"""``capacityplan promise``: the earliest date and the price of a new order on a plan."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_DAYS = 7


@click.command("promise")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--item", required=True, help="What is ordered.")
@click.option("--quantity", required=True, help="How much, in the item's unit.")
@click.option("--by", default="", help="Date by which it is wanted (default: as soon as possible).")
@click.option("--customer", default="", help="Customer or segment, whose projections it consumes.")
@click.option("--price", default="", help="Agreed price per unit (default: the item's).")
@click.option("--order", default="", help="Name of the order (default: the next free one).")
@click.option("--reserve", is_flag=True, help="Keep the promise beside the plan; it counts from then on.")
@click.option("--expires", type=click.IntRange(min=1), default=_DAYS, show_default=True,
              help="Days after which a reservation no longer counts.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Write the plan with the order in into this folder.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the promise as JSON.")
def promise(
    instance: Path, plan: Path, item: str, quantity: str, by: str, customer: str, price: str, order: str,
    reserve: bool, expires: int, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Promise a new order on PLAN of INSTANCE: earliest date, price, other ways.

    Nothing that is planned is moved; every answer is a plan that was verified with the order in.
    Exit 0 where the whole order can be promised, 5 where it cannot.
    """
    import json
    from datetime import datetime, timedelta

    from capacityplan.errors import ExitCode
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.promise import Desk, Reservation, Reservations
    from capacityplan.promise.read import read_request
    from capacityplan.promise.reservations import FILE
    from capacityplan.promise.text import Words
    from capacityplan.report import write_outputs
    from capacityplan.report.files import write_bytes

    plant = read_or_raise(instance)
    folder = plan if plan.is_dir() else plan.parent
    book, now = Reservations(folder / FILE), datetime.now()
    request = read_request(plant, item, quantity, by, customer, price, order or book.name())
    desk = Desk(plant, read_plan(plan), [row.request() for row in book.active(now)])
    found = desk.promise(request)
    words = Words(desk.plant)
    if as_json:
        click.echo(json.dumps(words.record(found), indent=2))
    else:
        for row in desk.unkept:
            click.echo(f"note: the reservation {row.order} no longer fits this plan", err=True)
        for line in words.lines(found):
            click.echo(line)
    answer = found.answer
    if answer is None:
        sys.exit(ExitCode.NO_PLAN)
    if out is not None:
        write_outputs(answer.plant, answer.plan, None, out)
    if reserve:
        until = (now + timedelta(days=expires)).isoformat(timespec="minutes")
        plan_id = desk.plan.provenance.plan_id
        book.add(Reservation(request.order, item, request.quantity, answer.promised, until, plan_id, customer,
                             "" if request.price is None else str(request.price)))  # fmt: skip
        write_bytes(book.path, book.to_json())
        click.echo(f"Reserved as {request.order} until {until}.", err=as_json)
