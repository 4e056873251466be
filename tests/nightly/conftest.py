"""Prepared plan, cluster and receivers for the nights."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "replan"))

from cluster import Cluster, cluster
from nights import Site
from receivers import Hook, Mails, mail_server, web_server
from yard import made, yard

from capacityplan.report import write_outputs


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a verified plan with all its outputs."""
    folder = tmp_path_factory.mktemp("prepared") / "plan"
    plant = yard()
    write_outputs(plant, made(plant), None, folder)
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as found:
        yield found


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_server() as found:
        yield found


@pytest.fixture
def mails() -> Iterator[Mails]:
    with mail_server() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, prepared: Path) -> Site:
    return Site(tmp_path / "home", prepared)
