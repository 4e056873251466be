"""The tables of money: budgets, what was really spent, targets."""

from __future__ import annotations

from capacityplan.domain import plant as domain
from capacityplan.domain.budgets import EARNED, SPENDING
from capacityplan.exchange.contracts import Column, Kind, Table

_MONEY, _DATE = Kind.MONEY, Kind.DATE

FUNDS = Table(
    "funds", domain.Fund, "sources of money that budgets draw on ([budgets](budgets.md))", key=("fund",),
    columns=(
        Column("fund", Kind.ID, "name of the fund", required=True),
        Column("amount", _MONEY, "all the money there is of it for its budgets", required=True, low=0),
        Column("description", Kind.TEXT, "for people"),
    ),
)  # fmt: skip

BUDGETS = Table(
    "budgets", domain.Budget, "how much money may be spent on what", key=("budget",),
    columns=(
        Column("budget", Kind.ID, "name of the budget", required=True),
        Column("category", Kind.CHOICE, "category of the ledger; all: all that is spent",
               choices=("all", *SPENDING)),
        Column("from", _DATE, "first day", field="start", required=True),
        Column("to", _DATE, "last day", field="end", required=True),
        Column("limit", _MONEY, "what may be spent", required=True, low=0),
        Column("department", Kind.TEXT, "whose money it is, for reports"),
        Column("reserve", _MONEY, "what may be spent beyond the limit once it is released", low=0),
        Column("reserve_rule", Kind.CHOICE, "when the reserve may be used: always, not yet, from a day on",
               enum=domain.ReserveRule),
        Column("reserve_from", _DATE, "day from which on (dated)"),
        Column("spent", _MONEY, "what has been spent of it before the plan's start", low=0),
        Column("overrun_cost", _MONEY, "per unit of money beyond; empty: the budget must be kept", low=0),
        Column("priority", Kind.INT, "1 is most important; where its fund is short, the last is cut first",
               low=0),
        Column("fund", Kind.ID, "where its money comes from; empty: its limit is its own", refs="funds.fund"),
    ),
)  # fmt: skip

SPENT = Table(
    "spending", domain.Spending, "what was really paid, and invoiced to customers (`capacityplan variance`)",
    columns=(
        Column("category", Kind.CHOICE, "category of the ledger; revenue: invoiced to a customer",
               required=True, choices=(*SPENDING, EARNED)),
        Column("date", _DATE, "day of the invoice; of work: the day of the work", field="day", required=True),
        Column("amount", _MONEY, "amount; a credit note is negative", required=True),
        Column("object", Kind.TEXT, "purchase, demand, resource or lot/operation it is for"),
        Column("item", Kind.ID, "the item", refs="items.item"),
        Column("quantity", Kind.QUANTITY, "quantity it is for, where actuals do not tell it", low=0),
    ),
)  # fmt: skip

TARGETS = Table(
    "targets", domain.Target, "what key figures of a period should reach (`capacityplan variance`)",
    key=("figure", "from"),
    columns=(
        Column("figure", Kind.CHOICE, "key figure; money in the plant's currency, lead_time in days, "
               "the others as shares", required=True, enum=domain.TargetFigure),
        Column("from", _DATE, "first day on which the period may begin", field="start", required=True),
        Column("to", _DATE, "last day on which the period may begin", field="end", required=True),
        Column("value", Kind.NUMBER, "at most this: spent, escape_cost, lead_time and rates; all others: at "
               "least this", required=True),
    ),
)  # fmt: skip
