"""``capacityplan check``: independent verification of a plan, from whatever source."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacityplan.cli.options import with_scenarios

if TYPE_CHECKING:
    from capacityplan.verify import Verdict


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
    from capacityplan.units import round_down
    from capacityplan.verify import check as verify
    from capacityplan.verify import other_data
    from capacityplan.verify.bound import Derived, evaluate_chosen
    from capacityplan.verify.certificate import faults

    plant = read_with_scenarios(instance, scenarios)
    found = read_plan(plan)
    verdict = verify(plant, found)
    same = found.provenance.plant_hash == plant.hash()
    result: dict[str, object] = {
        "verified": False,
        "violations": [
            {"rule": row.rule, "subjects": row.subjects, "message": row.text()} for row in verdict.violations
        ],
        "cost": float(verdict.cost) if verdict.charged else None,
        "same_plant": same,
    }
    derived: Derived | None = None
    bad = [f"{len(verdict.violations)} violation(s)"] if verdict.violations else []
    if with_bound:
        stored = found.certificate.bound_certified if found.certificate else None
        multipliers = dict(found.certificate.multipliers) if found.certificate else {}
        derived = evaluate_chosen(plant, found.choices, multipliers)
        result["bound_certified"] = None if stored is None else float(stored)
        result["bound_rederived"] = float(derived.bound)
    if found.certificate is not None:
        result["certificate"] = wrong = list(
            faults(found.certificate, verdict.cost if verdict.keeps_rules else None, derived)
        )
        bad += wrong
    result["verified"] = not bad
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        for row in verdict.violations:
            click.echo(row.text())
        if not same:
            click.echo(f"note: {other_data(plant, found)}")
        if derived is not None:
            click.echo(
                f"bound re-derived from the plant: {float(round_down(derived.bound)):,.2f} {plant.currency}"
            )
        state = f"NOT verified, {'; '.join(bad)}" if bad else "verified"
        click.echo(f"{state}; {_cost(verdict, plant.currency)}")
    sys.exit(ExitCode.VERIFICATION if bad else ExitCode.VERIFIED)


def _cost(verdict: Verdict, currency: str) -> str:
    from capacityplan.units import decimal_text

    if not verdict.charged:
        return "cost not stated: the plan does not hold together (plan_integrity)"
    cost = f"cost {decimal_text(verdict.cost)} {currency}"
    return (
        cost if verdict.keeps_rules else f"{cost} as it stands; no bound holds for a plan that breaks a rule"
    )
