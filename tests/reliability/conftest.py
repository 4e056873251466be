"""The slices run what the full measurements run: `benchmarks.reliability`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
