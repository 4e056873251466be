"""The run store on both databases, metrics, health, retention, notifications, commands."""

import email.header
import fcntl
import json
import os
import socket
import threading
from pathlib import Path

import pytest
import sqlalchemy
from click.testing import CliRunner
from cluster import Cluster
from nights import PUBLISHED, Site
from receivers import Hook, Mails
from test_drills import failing, fresh_database

from capacityplan.cli.import_ import SYSTEMS as OFFERED
from capacityplan.cli.nightly import nightly as nightly_command
from capacityplan.cli.runs import runs as runs_command
from capacityplan.domain import plan as p
from capacityplan.errors import DataError, OutputError
from capacityplan.exchange.importing import SYSTEMS
from capacityplan.nightly.config import read_config
from capacityplan.nightly.health import ailments
from capacityplan.nightly.lock import is_held, locked
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


INPUT = '[input]\npath = "i"\nkind = "system"\n'


@pytest.mark.parametrize(
    ("lines", "column", "message"),
    [
        (INPUT + 'system = "sapp"', "input", "no such system: sapp; one of sap, odoo"),
        (INPUT, "input", "system is missing"),
        (INPUT + 'system = "tables"', "input", "tables needs a profile"),
        (INPUT + 'system = "sap"\nprofile = "nope.toml"', "", "there is no such profile"),
        ('[input]\npath = "i"\n[solve]\ntime_limit = 3', "solve.time_limit", "there is no such setting"),
        (
            '[input]\npath = "i"\n[[notify]]\nkind = "webhook"\nurl = "htp:/x"',
            "notify.0.webhook.url",
            "web addr",
        ),
        (
            '[input]\npath = "i"\n[[notify]]\nkind = "webhook"\nurl = "http://a b/"',
            "notify.0.webhook.url",
            "web",
        ),
        (
            '[input]\npath = "i"\n[[notify]]\nkind = "mail"\nto = []\nsender = "a"',
            "notify.0.mail.to",
            "at least 1",
        ),
    ],
)
def test_what_a_night_would_find_late_is_found_at_once(
    tmp_path: Path, lines: str, column: str, message: str
) -> None:
    file = tmp_path / "nightly.toml"
    file.write_text(f'plant = "x"\nfolder = "f"\n{lines}\n')
    with pytest.raises(DataError) as error:
        read_config(file)
    [finding] = error.value.findings
    assert (finding.column, message in finding.message) == (column, True)
    assert "Value error" not in finding.message


def test_a_profile_lies_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer starts a night in a folder of its own."""
    file = tmp_path / "nightly.toml"
    file.write_text(f'plant = "x"\nfolder = "f"\n{INPUT}system = "tables"\nprofile = "own.toml"\n')
    (tmp_path / "own.toml").write_text("")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert read_config(file).input.profile == str(tmp_path / "own.toml")
    file.write_text(file.read_text().replace("own.toml", "odoo"))
    assert Path(read_config(file).input.profile).name == "odoo.toml"


def test_the_systems_of_a_night_are_those_of_the_command() -> None:
    assert OFFERED == SYSTEMS


def test_a_receiver_that_cannot_be_told_does_not_undo_the_night(
    tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that is not there, and an answer that is no HTTP: they ended the run with a traceback."""
    monkeypatch.delenv("NOT_THERE", raising=False)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        threading.Thread(target=_talk_nonsense, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        site = Site(tmp_path / "home", prepared, metrics="metrics.prom", notify=[
            {"kind": "webhook", "url": url, "secret_env": "NOT_THERE"}, {"kind": "webhook", "url": url},
        ])  # fmt: skip
        assert site.night() == PUBLISHED
    assert (site.home / "metrics.prom").is_file()
    missing, nonsense = ailments(site.config)
    assert missing.startswith(
        "webhook of the last run was not delivered: ValueError: the environment variable"
    )
    assert "BadStatusLine" in nonsense
    done = CliRunner().invoke(runs_command, [str(site.file), "list", "--json"])
    shown = CliRunner().invoke(runs_command, [str(site.file), "show", json.loads(done.output)[0]["run"]])
    assert set(json.loads(shown.output)["not_delivered"]) == {"0", "1"}


def test_a_solve_that_failed_is_told_by_its_reason_and_not_by_its_progress(site: Site) -> None:
    progress = "    1.3 s  carried forward              cost 584,041.76 EUR  bound -  candidate 584,041.76"
    assert site.night(solve=failing(8, f"{progress}\nplan.xlsx: cannot be\nwritten")) == 8  # type: ignore[arg-type]
    told = CliRunner().invoke(runs_command, [str(site.file), "list", "--count", "1"]).output
    assert "the solve failed: plan.xlsx: cannot be written" in told
    assert len(told.splitlines()) == 1


def _talk_nonsense(server: socket.socket) -> None:
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        with line:
            line.recv(65536)
            line.sendall(b"220 mail.example.org ready\r\n")


def test_a_night_that_was_cut_short_is_not_well_until_it_is_resumed(site: Site) -> None:
    assert site.night() == PUBLISHED
    assert ailments(site.config) == []
    assert site.night(crash_at="verify:before") != PUBLISHED
    [told] = ailments(site.config)
    assert "was cut short and is not resumed yet (steps done: import, replan, validate)" in told
    with locked(site.folder):  # somebody is at it
        assert ailments(site.config) == []
    assert site.night() == PUBLISHED
    assert ailments(site.config) == []


def test_looking_whether_a_night_runs_does_not_keep_it_from_running(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with locked(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)
    look = os.open(tmp_path / "lock", os.O_RDWR)
    fcntl.flock(look, fcntl.LOCK_EX)
    threading.Timer(0.05, os.close, [look]).start()
    with locked(tmp_path):
        assert is_held(tmp_path)


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
