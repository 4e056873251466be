"""The table of what people can do, column by column."""

from __future__ import annotations

from capacityplan.domain.people import Skill
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
