"""The page of requirements: every number once, each with where it is met or why it is not."""

import re
from pathlib import Path

from capacityplan.cli.main import COMMANDS
from capacityplan.exchange.tables import BY_NAME, SECTIONS
from capacityplan.rulebook import CARDS

DOCS = Path(__file__).parents[2] / "docs"
ROWS = re.findall(
    r"^\| (\d+) \| (.+?) \| (.+?) \| (.+) \|$", (DOCS / "requirements.md").read_text("utf-8"), re.MULTILINE
)
TABLES = [*BY_NAME.values(), *SECTIONS]
CATEGORIES = {"late", "lost", "validation"}
UNSUPPORTED = {"serve"}


def names() -> set[str]:
    columns = {column.name for table in TABLES for column in table.columns}
    return {*COMMANDS, *(table.name for table in TABLES), *columns, *CATEGORIES, *UNSUPPORTED}


def test_every_number_is_there_once() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 104))


def test_every_row_says_where_or_why_not() -> None:
    for number, _, state, text in ROWS:
        assert state in ("met", "in part", "not met"), number
        assert ("because" in text) == (state != "met"), number


def test_what_is_named_exists() -> None:
    known = names()
    for number, _, _, text in ROWS:
        assert set(re.findall(r"`([^`]+)`", text)) <= known, number
        for page in re.findall(r"\]\(([^)]+)\)", text):
            assert (DOCS / page).exists(), (number, page)
        for rule in re.findall(r"rules? (\w+_\w+)", text):
            assert rule in {card.id for card in CARDS}, (number, rule)
