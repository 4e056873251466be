"""The house holds: floors, budgets, and a command line that starts at once."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "capacityplan"
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
HEAVY = {
    "pandas",
    "numpy",
    "ortools",
    "highspy",
    "numba",
    "scipy",
    "pydantic",
    "sqlalchemy",
    "xlsxwriter",
    "python_calamine",
}


def test_import_floors_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter], cwd=SOURCE.parent.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_and_functions_stay_short(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert sum(bool(line.strip()) for line in text.splitlines()) <= LONGEST_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{module.name}: {node.name}"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['capacityplan', '--help']\n"
        "from capacityplan.cli.main import cli\n"
        "try: cli()\n"
        "except SystemExit: pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "solve" in done.stdout
