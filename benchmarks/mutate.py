"""Change the checker in one place at a time and see whether its tests notice.

    python -m benchmarks.mutate src/capacityplan/verify/rules/capacity.py ... [--every 3] [--tests works]

Each mutant (a flipped comparison, a swapped + and -, and and or, a constant one off, a dropped
statement) runs in a forked child; a mutant that passes all tests survives and is printed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib.abc
import importlib.util
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
TESTS = (
    "sweep",
    "works",
    "overlap",
    "campaigns",
    "running_hours",
    "skill_rule",
    "capacity_rules",
    "material_rules",
    "boundaries",
    "exactly",
    "corruptors",
)
FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
DROPPED = (ast.Expr, ast.AugAssign, ast.Continue, ast.Return, ast.If)


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """Line, description and tree of every mutant."""
    for number, node in enumerate(ast.walk(tree)):
        for what in changes(node):
            mutant = copy.deepcopy(tree)
            target = list(ast.walk(mutant))[number]
            apply(mutant, target, what)
            yield getattr(node, "lineno", 0), what, ast.fix_missing_locations(mutant)


def changes(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Compare):
        return [f"compare {index}" for index, one in enumerate(node.ops) if type(one) in FLIPS]
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in FLIPS:
        return ["operator", "drop"] if isinstance(node, ast.AugAssign) else ["operator"]
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return ["constant"]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return []
    return ["drop"] if isinstance(node, DROPPED) else []


def apply(tree: ast.Module, node: ast.AST, what: str) -> None:
    if what.startswith("compare") and isinstance(node, ast.Compare):
        index = int(what.split()[1])
        node.ops[index] = FLIPS[type(node.ops[index])]()  # type: ignore[assignment]
    elif what == "operator":
        node.op = FLIPS[type(node.op)]()  # type: ignore[attr-defined]
    elif what == "constant" and isinstance(node, ast.Constant):
        node.value = int(node.value) + 1  # type: ignore[arg-type]
    else:
        for parent in ast.walk(tree):
            for _, rows in ast.iter_fields(parent):
                if isinstance(rows, list) and node in rows:
                    rows[rows.index(node)] = ast.Pass()


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed tree."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self.name, self.tree, self.path = name, tree, path

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def survives(name: str, tree: ast.Module, path: Path, tests: Sequence[str], seconds: int) -> bool:
    """Whether the tests pass with a mutant, in a forked child that is given some seconds."""
    child = os.fork()
    if child == 0:
        import signal

        import pytest

        signal.alarm(seconds)
        sys.meta_path.insert(0, Mutated(name, tree, path))
        files = [str(ROOT / "tests" / "verify" / f"test_{one}.py") for one in tests]
        with (
            open(os.devnull, "w") as null,
            contextlib.redirect_stdout(null),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-k", "not nonsense", *files])
        os._exit(0 if code == 0 else 1)
    _, status = os.waitpid(child, 0)
    return status == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every n-th mutant")
    parser.add_argument(
        "--tests", nargs="+", default=TESTS, help="tests/verify/test_NAME.py to run (default: all)"
    )
    parser.add_argument("--seconds", type=int, default=60, help="a mutant that runs longer is caught")
    options = parser.parse_args()
    import numpy  # noqa: F401  (loaded once, before the children fork)
    import pytest  # noqa: F401

    import capacityplan.demand.netting
    import capacityplan.domain.plan  # noqa: F401

    total = alive = 0
    for file in options.files:
        path = file.resolve()
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for index, (line, what, mutant) in enumerate(mutants(tree)):
            if index % options.every == 0:
                total += 1
                if survives(name, mutant, path, options.tests, options.seconds):
                    alive += 1
                    text = path.read_text(encoding="utf-8").splitlines()[line - 1].strip()
                    print(f"survives: {file}:{line}: {what}: {text}", flush=True)
    print(f"{total} mutants, {total - alive} caught, {alive} survive")


if __name__ == "__main__":
    main()
