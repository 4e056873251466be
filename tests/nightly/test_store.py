"""The run store on both databases, metrics, health, retention, notifications, commands."""

import email.header
import json
from pathlib import Path

import pytest
import sqlalchemy
from click.testing import CliRunner
from cluster import Cluster
from nights import PUBLISHED, Site
from receivers import Hook, Mails
from test_drills import failing, fresh_database

from capacityplan.cli.nightly import nightly as nightly_command
from capacityplan.cli.runs import runs as runs_command
from capacityplan.domain import plan as p
from capacityplan.errors import DataError, OutputError
from capacityplan.nightly.config import read_config
from capacityplan.nightly.health import ailments
from capacityplan.nightly.notify import SIGNATURE, signature
from capacityplan.nightly.sharing import lessened, load_of
from capacityplan.nightly.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return fresh_database(
        request.getfixturevalue("postgres"), f"store_{request.node.name[:20]}_{tmp_path.name[-2:]}"
    )


def test_nobody_changes_the_audit_log(url: str) -> None:
    store = Store(url)
    store.say("yard", "r", "published", "first", "ann")
    driver = url.replace("postgresql://", "postgresql+psycopg://")
    engine = sqlalchemy.create_engine(driver)
    for statement in ("UPDATE capacityplan_audit SET actor = 'bob'", "DELETE FROM capacityplan_audit"):
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement))
    engine.dispose()
    assert [(row["actor"], row["detail"]) for row in store.audit("yard")] == [("ann", "first")]
    store.close()


def test_a_store_is_migrated_once_and_a_later_one_refused(url: str) -> None:
    Store(url).close()
    store = Store(url)
    store.begin("r", "yard", "")
    assert [row.run for row in store.runs("yard")] == ["r"]
    store.close()
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE capacityplan_version SET version = 99"))
    engine.dispose()
    with pytest.raises(OutputError, match="version 99"):
        Store(url)


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "postgresql://nobody@127.0.0.1:1/none"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(OutputError):
        Store(url)


def test_everybody_is_told(
    tmp_path: Path, prepared: Path, hook: Hook, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    hook.failures = 1
    told = tmp_path / "told.json"
    site = Site(
        tmp_path / "home",
        prepared,
        notify=[
            {"kind": "webhook", "url": hook.url, "secret_env": "HOOK_SECRET"},
            {"kind": "mail", "to": ["ann@example.org"], "sender": "plan@example.org", "host": "127.0.0.1",
             "port": mails.port},
            {"kind": "command", "run": ["tee", str(told)]},
            {"kind": "mail", "to": ["boss@example.org"], "sender": "plan@example.org", "host": "127.0.0.1",
             "port": mails.port, "on": "failure"},
        ],
    )  # fmt: skip
    assert site.night() == PUBLISHED
    ((headers, body),) = hook.posts
    assert headers[SIGNATURE.lower()] == signature("s3cret", body)
    event = json.loads(body)
    assert (event["status"], event["code"], event["plant"]) == ("published", 0, "yard")
    assert json.loads(told.read_text())["run"] == event["run"]
    (mail,) = mails.messages
    assert "ann@example.org" in mail["To"]
    assert site.night(solve=failing(5)) == 5  # type: ignore[arg-type]
    assert len(hook.posts) == 2
    assert json.loads(hook.posts[1][1])["plan"] == event["plan"]
    assert [one["To"] for one in mails.messages] == ["ann@example.org", "ann@example.org", "boss@example.org"]
    subject = str(email.header.make_header(email.header.decode_header(mails.messages[2]["Subject"])))
    assert subject.startswith("yard: kept: the solve failed")


def test_a_deaf_receiver_does_not_undo_the_night(tmp_path: Path, prepared: Path) -> None:
    site = Site(tmp_path / "home", prepared, notify=[{"kind": "webhook", "url": "http://127.0.0.1:9/"}])
    assert site.night() == PUBLISHED


def test_old_plans_and_runs_go_the_current_one_stays(tmp_path: Path, prepared: Path) -> None:
    site = Site(tmp_path / "home", prepared, keep={"plans": 2, "runs": 3, "inputs": 1})
    for _ in range(4):
        assert site.night() == PUBLISHED
    assert len(list((site.folder / "plans").iterdir())) == 2
    assert len(list((site.folder / "runs").iterdir())) == 3
    assert len(list((site.folder / "runs").glob("*/input"))) == 1
    assert site.published() is not None
    assert site.audit().count("pruned") >= 2


def test_metrics_and_health(tmp_path: Path, prepared: Path) -> None:
    site = Site(tmp_path / "home", prepared, metrics="metrics.prom")
    assert ailments(site.config)[0] == "no plan is published"
    assert site.night() == PUBLISHED
    text = (site.home / "metrics.prom").read_text()
    assert 'capacityplan_last_run_code{plant="yard"} 0' in text
    assert 'capacityplan_runs_total{plant="yard",outcome="published"} 1' in text
    assert ailments(site.config) == []
    stamp = next(float(line.split()[-1]) for line in text.splitlines() if "plan_published_timestamp" in line
                 and not line.startswith("#"))  # fmt: skip
    assert ailments(site.config, stamp + 27 * 3600) == ["the published plan is 27 hours old"]
    assert site.night(solve=failing(5)) == 5  # type: ignore[arg-type]
    assert "the last run ended with code 5" in ailments(site.config)[0]
    done = CliRunner().invoke(nightly_command, [str(site.file), "--health"])
    assert done.exit_code == 5
    assert "not well" in done.output


def test_runs_are_listed_shown_published_again_and_pruned(site: Site) -> None:
    assert site.night() == PUBLISHED
    first = site.published()
    assert site.night() == PUBLISHED
    assert first is not None

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(runs_command, [str(site.file), *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    assert run("list").count("published") >= 2
    rows = json.loads(run("list", "--json"))
    assert json.loads(run("show", rows[0]["run"]))["steps"]["publish"].startswith("plan ")
    run("publish", first.name, "--by", "ann", "--reason", "better")
    assert site.published() == first
    assert "nothing to delete" in run("prune")
    refused = CliRunner().invoke(
        runs_command, [str(site.file), "publish", "none", "--by", "a", "--reason", "b"]
    )
    assert refused.exit_code == 2
    assert "there is no published plan none" in refused.output


def test_a_configuration_says_all_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "nightly.toml"
    file.write_text('plant = "../x"\nfolder = "f"\nspeed = 3\ninput = {path = "i", kind = "guess"}\n'
                    'schedule = {timezone = "Mars/North"}\n')  # fmt: skip
    with pytest.raises(DataError) as error:
        read_config(file)
    assert {row.column for row in error.value.findings} == {
        "plant",
        "speed",
        "input.kind",
        "schedule.timezone",
    }
    file.write_text("plant = ")
    with pytest.raises(DataError, match="not TOML"):
        read_config(file)


def test_what_others_order_is_not_there_any_more() -> None:
    from dataclasses import replace

    from yard import DAY, yard

    plant = yard()
    offer = replace(plant.suppliers[0], capacity_per_week=100)
    plant = replace(plant, suppliers=(offer,))
    bought = (
        p.Purchase("a", "S", "R", 30, 0, DAY), p.Purchase("b", "S", "R", 40, 0, 2 * DAY),
        p.Purchase("c", "S", "R", 60, 0, 8 * DAY), p.Purchase("d", "T", "R", 99, 0, DAY),
    )  # fmt: skip
    load = load_of(plant, p.Plan(p.Provenance("", ""), purchases=bought), ["S"])
    assert lessened(plant, [load]).suppliers[0].capacity_per_week == 30
    assert lessened(plant, [load, load]).suppliers[0].capacity_per_week == 0
    assert lessened(plant, []).suppliers == plant.suppliers


def test_a_cluster_has_what_it_needs(postgres: Cluster) -> None:
    assert postgres.url.startswith("postgresql://capacityplan@127.0.0.1:")
