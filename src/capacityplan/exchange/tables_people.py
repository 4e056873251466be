"""The tables of what people can do and how they learn, column by column."""

from __future__ import annotations

from capacityplan.domain.people import LearningStep, Skill
from capacityplan.exchange.contracts import Column, Kind, Table

SKILLS = Table(
    "skills", Skill, "what all people of a labour resource can do",
    key=("resource", "skill", "valid_from"),
    columns=(
        Column("resource", Kind.ID, "labour resource", required=True, refs="resources.resource"),
        Column("skill", Kind.TEXT, "skill that its people have", required=True),
        Column("valid_from", Kind.BEGIN, "first day (moment) at which the row counts"),
        Column("valid_to", Kind.END, "last day at which the row counts"),
        Column("efficiency", Kind.NUMBER, "only 1 is planned with", above=0),
    ),
)  # fmt: skip

LEARNING = Table(
    "learning", LearningStep,
    "run times that come down by steps, from a date or the item's launch on ([model](model.md), section 2)",
    key=("item", "operation", "date", "launch_day"),
    columns=(
        Column("item", Kind.ID, "item that is made", required=True, refs="items.item"),
        Column("run_time_factor", Kind.NUMBER, "run_minutes of lots that begin from the day on times this",
               required=True, above=0),
        Column("operation", Kind.TEXT, "operation of the item; empty: all that have no rows of their own"),
        Column("date", Kind.DATE, "first day of the step (or give launch_day)"),
        Column("launch_day", Kind.INT, "first day of the step, in days after the first approved launch"),
    ),
)  # fmt: skip
