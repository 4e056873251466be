"""A slice of `benchmarks.second_checker` runs here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
