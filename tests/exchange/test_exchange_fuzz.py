"""Files with random damage: a plant or findings, never a traceback, never a value changed silently."""

import random
import zipfile
from pathlib import Path

import pytest
from small_instance import write_small

from capacityplan.domain.plant import Plant
from capacityplan.exchange import ReadResult, read, read_or_raise, write

TOKENS = [
    b",", b'"', b"\n", b"\r", b"-", b"1e9", b"1e99", b"9" * 21, b"/", b"0", b"\xc3", b"2027-01-01", b"T",
    b"'",    b"=", b" ", b";", b"nan", b"inf", b"null", b"true", b"[]", b"{}", b":", b"0.0000001", b"1/3",
    "\u0663".encode(), b"2999-12-31", b"lamp",
]  # fmt: skip


def mutate(content: bytes, source: random.Random) -> bytes:
    """Insert, delete, copy or change a few bytes."""
    changed = bytearray(content)
    for _ in range(source.choice([1, 1, 2, 4])):
        place = source.randrange(len(changed))
        choice = source.random()
        if choice < 0.4:
            changed[place:place] = source.choice(TOKENS)
        elif choice < 0.7:
            del changed[place : place + source.choice([1, 1, 3, 20])]
        elif choice < 0.9:
            other = source.randrange(len(changed))
            changed[place : place + 1] = changed[other : other + source.choice([1, 5, 30])]
        else:
            changed[place] = source.randrange(256)
    return bytes(changed)


def outcome(found: ReadResult, folder: Path) -> str:
    """Judge a reading: what was read must survive being written."""
    if found.plant is None:
        assert found.errors
        assert all(error.file and error.message for error in found.errors)
        return "findings"
    write(found.plant, folder / "again")
    assert read_or_raise(folder / "again") == found.plant
    return "plant"


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return read_or_raise(write_small(tmp_path / "small"))


def test_mutated_folders(tmp_path: Path) -> None:
    source = random.Random(20)
    folder = write_small(tmp_path / "plant")
    seen = set()
    for _ in range(250):
        file = source.choice(sorted(folder.iterdir()))
        content = file.read_bytes()
        file.write_bytes(mutate(content, source))
        seen.add(outcome(read(folder), tmp_path))
        file.write_bytes(content)
    assert seen == {"plant", "findings"}


def test_mutated_documents(plant: Plant, tmp_path: Path) -> None:
    source = random.Random(21)
    path = tmp_path / "plant.json"
    seen = set()
    for _ in range(400):
        path.write_bytes(mutate(plant.to_json(), source))
        seen.add(outcome(read(path), tmp_path))
    assert seen == {"plant", "findings"}


def test_mutated_workbooks(plant: Plant, tmp_path: Path) -> None:
    source = random.Random(22)
    path = tmp_path / "plant.xlsx"
    write(plant, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    seen = set()
    for _ in range(25):
        damaged = source.choice(sorted(parts))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, mutate(content, source) if name == damaged else content)
        seen.add(outcome(read(path), tmp_path))
    assert seen == {"plant", "findings"}
