"""R34 in small: nights that go wrong first, one after the other, without a hand."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nights_with_bad_input_and_a_kill_are_followed_by_good_ones(tmp_path: Path) -> None:
    """The seed gives one night that is killed and one whose file is bad."""
    command = ["--nights", "2", "--seed", "2", "--size", "0.03", "--work", "0.05", "--scratch", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.nights", *command, "--faults", "1", "--folder", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for line in (tmp_path / "month" / "nights.jsonl").read_text().splitlines()]
    assert [row["code"] for row in rows] == [0, 0]
    told = json.loads((tmp_path / "month" / "world.json").read_text())["told"]
    assert told["nights with bad input"] == told["nights killed"] == 1
