"""Change the checker in one place at a time and see whether its tests notice.

    python -m benchmarks.mutate src/capacityplan/verify/rules/*.py [--every 3] [--tests tests/verify]

The tests run once as they are, and what the second checker says of their plans is kept, since no mutant
changes it. Then each mutant (a flipped comparison, a swapped + and -, and and or, a constant one off, a
dropped statement) meets the tests that reach its lines, in a forked child; one that passes them all
survives and is printed.
"""

from __future__ import annotations

import argparse
import ast
import functools
import gc
import importlib
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).parents[1]
CHECKER = str(ROOT / "src" / "capacityplan" / "verify")
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


def mutants(tree: ast.Module) -> Iterator[tuple[Any, str]]:
    """Node and description of every mutant, while the tree is changed into it."""
    for node in list(ast.walk(tree)):
        for what in changes(node):
            undo = apply(tree, node, what)
            yield node, what
            undo()


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


def apply(tree: ast.Module, node: Any, what: str) -> Callable[[], None]:
    """Change a tree at a node; return what changes it back."""
    if what.startswith("compare"):
        index = int(what.split()[1])
        return put(node.ops, index, FLIPS[type(node.ops[index])]())
    if what == "operator":
        old = node.op
        node.op = FLIPS[type(old)]()
        return functools.partial(setattr, node, "op", old)
    if what == "constant":
        node.value += 1
        return functools.partial(setattr, node, "value", node.value - 1)
    for parent in ast.walk(tree):
        for _, rows in ast.iter_fields(parent):
            if isinstance(rows, list) and node in rows:
                return put(rows, rows.index(node), ast.copy_location(ast.Pass(), node))
    raise AssertionError(ast.dump(node))


def put(rows: list[Any], index: int, new: ast.AST) -> Callable[[], None]:
    old, rows[index] = rows[index], new
    return functools.partial(rows.__setitem__, index, old)


def functions(names: Mapping[str, Any], module: str) -> Iterator[FunctionType]:
    """Functions and methods that a module (or class) defines, without what wraps them."""
    for value in names.values():
        if isinstance(value, type) and value.__module__ == module:
            yield from functions(vars(value), module)
        one = getattr(value, "fget", None) or getattr(value, "func", None) or value
        if isinstance(one, FunctionType) and one.__module__ == module:
            yield one


def become(module: ModuleType, mutant: CodeType) -> None:
    """Change what a loaded module defines, wherever it is imported: functions and whole numbers."""
    new: dict[str, Any] = {"__name__": module.__name__}
    exec(mutant, new)
    changed = {one.__qualname__: one for one in functions(new, module.__name__)}
    for one in functions(vars(module), module.__name__):
        other = changed.get(one.__qualname__)
        if other is not None and other.__code__.co_freevars == one.__code__.co_freevars:
            one.__code__, one.__defaults__ = other.__code__, other.__defaults__
    for name, old in list(vars(module).items()):
        if type(old) is int and new[name] != old:
            for importer in list(sys.modules.values()):
                if vars(importer).get(name) is old:
                    setattr(importer, name, new[name])


class Mutations:
    """Runs in pytest's loop: all tests once, then every mutant against those that reach it."""

    def __init__(self, files: Sequence[Path], every: int, seconds: int) -> None:
        self.files, self.every, self.seconds = files, every, seconds
        self.items: list[pytest.Item] = []
        self.reached: dict[tuple[str, int], list[int]] = {}
        self.took: list[float] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Failed("some tests cannot be loaded")
        from benchmarks.second_checker import compare

        compare.judge = kept(compare.judge)
        self.items = session.items
        for number, item in enumerate(self.items):
            for line in self.trace(item):
                self.reached.setdefault(line, []).append(number)
        gc.freeze()
        for file in self.files:
            self.run(file.resolve())
        return True

    def trace(self, item: pytest.Item) -> set[tuple[str, int]]:
        """Run a test, which must pass, and return the lines of the checker that it reaches."""
        unseen: dict[CodeType, set[int]] = {}
        seen: set[tuple[str, int]] = set()

        def enter(frame: FrameType, event: str, arg: object) -> Any:
            code = frame.f_code
            if code not in unseen:
                inside = code.co_filename.startswith(CHECKER)
                unseen[code] = {at for _, _, at in code.co_lines() if at} if inside else set()
            return line if unseen[code] else None

        def line(frame: FrameType, event: str, arg: object) -> Any:
            unseen[frame.f_code].discard(frame.f_lineno)
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            return line

        started = time.process_time()
        sys.settrace(enter)
        passed = passes(item)
        sys.settrace(None)
        if not passed:
            raise SystemExit(f"{item.nodeid} does not pass as it is")
        self.took.append(time.process_time() - started)
        return seen

    def run(self, path: Path) -> None:
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        module = importlib.import_module(name.removesuffix(".__init__"))
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        file, total, alive = path.relative_to(ROOT), 0, 0
        for index, (node, what) in enumerate(mutants(tree)):
            if index % self.every == 0:
                total += 1
                change = functools.partial(become, module, compile(tree, str(path), "exec"))
                tests = self.tests(tree, path, node)
                if self.survives(change, tests):
                    alive += 1
                    part = " ".join((ast.get_source_segment(text, node) or "").split())
                    print(f"survives {len(tests)} tests: {file}:{node.lineno}: {what}: {part}", flush=True)
        print(f"{file}: {total} mutants, {total - alive} caught, {alive} survive", flush=True)

    def tests(self, tree: ast.Module, path: Path, node: Any) -> list[int]:
        """Tests that reach a node, or else what it is in, quick ones first; all of what is in no function."""
        around: list[Any] = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
        around = [one for one in around if one.lineno <= node.lineno <= one.end_lineno]
        for one in (node, *reversed(around)) if around else ():
            lines = ((str(path), at) for at in range(one.lineno, one.end_lineno + 1))
            found = {test for line in lines for test in self.reached.get(line, ())}
            if found:
                return sorted(found, key=self.took.__getitem__)
        return sorted(range(len(self.items)), key=self.took.__getitem__)

    def survives(self, change: Callable[[], None], tests: Sequence[int]) -> bool:
        """Whether tests pass with a mutant, in a forked child with some seconds of processor time."""
        child = os.fork()
        if child == 0:
            code = 1
            try:
                signal.setitimer(signal.ITIMER_PROF, self.seconds)
                change()
                code = 0 if all(passes(self.items[number]) for number in tests) else 1
            finally:
                os._exit(code)
        return os.waitpid(child, 0)[1] == 0


def passes(item: pytest.Item) -> bool:
    return all(report.passed for report in runtestprotocol(item, log=False, nextitem=None))


def kept(judge: Callable[..., Any]) -> Callable[..., Any]:
    """Judge every plan of a plant once."""
    known: dict[bytes, Any] = {}

    def once(*given: object) -> Any:
        key = pickle.dumps(given)
        if key not in known:
            known[key] = judge(*given)
        return known[key]

    return once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every n-th mutant")
    parser.add_argument("--tests", nargs="+", default=["tests/verify"], help="files or folders of tests")
    parser.add_argument(
        "--seconds", type=int, default=60, help="of processor time; what runs longer is caught"
    )
    options = parser.parse_args()
    plain = ["-q", "-s", "-p", "no:cacheprovider", "--hypothesis-profile=ci", "-k", "not nonsense"]
    mutations = Mutations(options.files, options.every, options.seconds)
    sys.exit(pytest.main([*plain, *options.tests], plugins=[mutations]))


if __name__ == "__main__":
    main()
