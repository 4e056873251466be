"""The checker's smallest plant serves here too; what it judges is judged in SQL as well."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "verify"))
sys.path.insert(0, str(Path(__file__).parents[2]))
