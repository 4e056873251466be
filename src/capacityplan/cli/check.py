"""``capacityplan check``: independent verification of a plan, from whatever source."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from capacityplan.cli.options import with_scenarios


@click.command("check")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--bound", "with_bound", is_flag=True, help="Re-derive the certified bound from the plant.")
@with_scenarios
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def check(instance: Path, plan: Path, with_bound: bool, scenarios: tuple[str, ...], as_json: bool) -> None:
    """Verify PLAN against INSTANCE: every rule and every amount. Exit 0 or 6."""
    import json

    from capacityplan.errors import ExitCode
    from capacityplan.exchange import read_plan
    from capacityplan.scenario import read_with_scenarios
    from capacityplan.units import decimal_text
    from capacityplan.verify import check as verify
    from capacityplan.verify.bound import evaluate_chosen

    plant = read_with_scenarios(instance, scenarios)
    found = read_plan(plan)
    verdict = verify(plant, found)
    same = found.provenance.plant_hash == plant.hash()
    result: dict[str, object] = {
        "verified": not verdict.violations,
        "violations": [
            {"rule": row.rule, "subjects": row.subjects, "message": row.text()} for row in verdict.violations
        ],
        "cost": float(verdict.cost),
        "same_plant": same,
    }
    bad = bool(verdict.violations)
    if with_bound:
        stored = found.certificate.bound_certified if found.certificate else None
        multipliers = dict(found.certificate.multipliers) if found.certificate else {}
        derived = evaluate_chosen(plant, found.choices, multipliers)
        result["bound_certified"] = None if stored is None else float(stored)
        result["bound_rederived"] = float(derived)
        bad = bad or (stored is not None and derived < stored) or verdict.cost < derived
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        for row in verdict.violations:
            click.echo(row.text())
        if not same:
            click.echo("note: the plan was made from other data than this instance (hash differs)")
        if with_bound:
            click.echo(f"bound re-derived from the plant: {result['bound_rederived']:,.2f} {plant.currency}")
        state = "verified" if not bad else f"NOT verified, {len(verdict.violations)} violation(s)"
        click.echo(f"{state}; cost {decimal_text(verdict.cost)} {plant.currency}")
    sys.exit(ExitCode.VERIFICATION if bad else ExitCode.VERIFIED)
