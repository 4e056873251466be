"""A small model in the CSV form of frePPLe: two ovens, a pool of people, a shop at another place.

Written by hand for the tests; every table can be changed before it is written.
"""

from __future__ import annotations

from pathlib import Path

Table = list[dict[str, str]]
Model = dict[str, Table]


def rows(text: str) -> Table:
    """Rows of a table written with bars, the header first."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def weekdays(text: str) -> Table:
    """Rows with a column for every weekday instead of ``days``."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    found = rows(text)
    for row in found:
        row |= dict(zip(names, row.pop("days").ljust(7, "f"), strict=True))
    return found


def bakery() -> Model:
    """Monday 2025-01-06: bread from dough, dough from flour, cake bought or baked, sold at the shop."""
    return {
        "common_parameter": rows("""
            name        | value
            currentdate | 2025-01-06 00:00:00
            currency    | €,
        """),
        "location": rows("""
            name   | owner | available_id
            bakery |       | shift
            shop   |       |
        """),
        "customer": rows("""
            name | owner_id
            all  |
            town | all
        """),
        "supplier": rows("""
            name
            mill
            Unknown supplier
        """),
        "item": rows("""
            name  | owner_id | cost | uom
            goods |          |      |
            bread | goods    | 2    | pcs
            cake  | goods    | 9    | pcs
            dough |          | 1    | kg
            flour |          | 0.5  | kg
            rye   |          | 0.6  | kg
            magic |          | 1    | kg
        """),
        "calendar": rows("""
            name  | defaultvalue
            shift | 0
            ovens | 2
        """),
        "calendarbucket": weekdays("""
            calendar_id | priority | value | startdate           | enddate    | days    | starttime | endtime
            shift       | 10       | 1     | 2020-01-01 00:00:00 | 2030-12-31 | ttttt   | 06:00:00  | 13:59:59
            shift       | 1        | 0     | 2025-01-08 00:00:00 | 2025-01-09 | ttttttt | 00:00:00  | 23:59:59
            ovens       | 1        | 1     | 2025-01-10 00:00:00 | 2025-01-11 | ttttttt | 00:00:00  | 23:59:59
        """),
        "resource": rows("""
            name   | owner_id | maximum | maximum_calendar_id | location_id | cost
            oven   |          | 1       | ovens               | bakery      | 12
            mixer  |          | 1       |                     | bakery      | 6
            people |          | 1       |                     | bakery      |
            ann    | people   | 1       |                     | bakery      | 30
            bob    | people   | 1       |                     | bakery      | 30
            cleo   | people   | 1       |                     | bakery      | 30
        """),
        "resourceskill": rows("""
            resource_id | skill_id | priority
            bob         | baking   | 1
            ann         | baking   | 2
        """),
        "operation": rows("""
name|type|owner_id|priority|item_id|location_id|duration|duration_per|sizeminimum|sizemultiple|posttime
            make bread | routing    |            | 1 | bread | bakery |          |          | 10 | 5 |
            shape|time_per|make bread|1||bakery|00:10:00|00:02:00|||00:30:00
            bake       | time_per   | make bread | 2 |       | bakery | 00:20:00 | 00:01:00 |    |   |
            knead      | time_per   |            | 1 | dough | bakery | 00:15:00 | 00:00:30 |    |   |
            bake cake  | fixed_time |            | 1 | cake  | bakery | 02:00:00 |          |    |   |
            old cake   | fixed_time |            | 2 | cake  | bakery | 02:00:00 |          |    |   |
        """),
        "operationmaterial": rows("""
            operation_id | item_id | quantity | type  | name  | priority
            shape        | dough   | -0.5     | start |       | 1
            bake         | bread   | 1        | end   |       | 1
            knead        | flour   | -1       | start | grain | 1
            knead        | rye     | -1       | start | grain | 2
            knead        | dough   | 1        | end   |       | 1
            bake cake    | dough   | -1       | start |       | 1
            bake cake    | magic   | -1       | start |       | 1
            old cake     | dough   | -2       | start |       | 1
        """),
        "operationresource": rows("""
            operation_id | resource_id | quantity | skill_id
            shape        | people      | 1        | baking
            bake         | oven        | 1        |
            knead        | mixer       | 1        |
            bake cake    | oven        | 1        |
        """),
        "itemsupplier": rows("""
            item_id | supplier_id      | location_id | leadtime        | cost | sizeminimum | sizemultiple
            flour   | mill             | bakery      | 2 days          | 0.4  | 50          | 25
            rye     | mill             | bakery      | 1 days 12:00:00 |      |             |
            magic   | Unknown supplier | bakery      | 1 days          |      |             |
        """),
        "itemdistribution": rows("""
            item_id | origin_id | location_id | leadtime | sizeminimum | priority
            goods   | bakery    | shop        | 04:00:00 |             | 1
        """),
        "buffer": rows("""
            item_id | location_id | onhand | minimum
            flour   | bakery      | 20.5   | 5
            bread   | shop        | 3      |
        """),
        "demand": rows("""
            name|item_id|location_id|customer_id|due|status|quantity|priority|minshipment
            D1|bread|shop|town|2025-01-09 12:00:00|open|40|1|10
            D2|bread|shop|town|2025-01-10 12:00:00|quote|10|2|
            D3|bread|shop|town|2025-01-10 12:00:00|closed|99|1|
            D4|bread|shop|town|2025-01-10 12:00:00|canceled|99|1|
            D5|cake|bakery|town|2025-01-13 12:00:00|open|2|3|
        """),
        "forecast": rows("""
            item_id | location_id | customer_id | priority | planned
            bread   | shop        | all         | 5        | t
        """),
        "forecastplan": rows("""
            item_id | location_id | customer_id | startdate           | enddate             | forecastnet
            bread   | shop        | all         | 2025-01-13 00:00:00 | 2025-01-20 00:00:00 | 14
            bread   | shop        | town        | 2025-01-13 00:00:00 | 2025-01-20 00:00:00 | 14
            goods   | shop        | town        | 2025-01-13 00:00:00 | 2025-01-20 00:00:00 | 14
            bread   | shop        | town        | 2024-12-23 00:00:00 | 2024-12-30 00:00:00 | 7
            bread   | shop        | town        | 2025-01-20 00:00:00 | 2025-01-27 00:00:00 | 0
        """),
        "operationplan": rows("""
            reference | type | status    | item_id | location_id | quantity | startdate  | enddate
            P1        | PO   | confirmed | flour   | bakery      | 60       | 2025-01-05 | 2025-01-07 08:00:00
            P2        | PO   | proposed  | flour   | bakery      | 500      | 2025-01-06 | 2025-01-08 08:00:00
        """),
    }


def write(model: Model, folder: Path) -> Path:
    """Write a model as CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, found in model.items():
        lines = [",".join(found[0])] if found else []
        lines += [",".join(f'"{cell}"' if "," in cell else cell for cell in row.values()) for row in found]
        (folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
