"""The shaken plants of the minute level and the checker's smallest plant serve here too."""

import sys
from pathlib import Path

for room in ("solve", "verify"):
    sys.path.insert(0, str(Path(__file__).parents[1] / room))
sys.path.insert(0, str(Path(__file__).parents[2]))  # what the smallest plant judges is judged in SQL as well
