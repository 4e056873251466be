"""The run store: runs, their steps, notifications and an append-only audit log, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from capacityplan.errors import OutputError, StoreBusy

_META = MetaData()
VERSION = Table("capacityplan_version", _META, Column("version", Integer, nullable=False))
RUNS = Table(
    "capacityplan_runs", _META,
    Column("run", String(64), primary_key=True),
    Column("plant", String(64), nullable=False, index=True),
    Column("started", String(32), nullable=False),
    Column("ended", String(32)),
    Column("status", String(16), nullable=False),
    Column("code", Integer),
    Column("message", Text, nullable=False, server_default=""),
    Column("plan", String(64), nullable=False, server_default=""),
    Column("previous", String(64), nullable=False, server_default=""),
    Column("cost", Float),
    Column("carried_cost", Float),
    Column("changes", Integer),
    Column("changes_frozen", Integer),
    Column("seconds", Float),
    Column("resumed", Integer, nullable=False, server_default="0"),
)  # fmt: skip
STEPS = Table(
    "capacityplan_steps", _META,
    Column("run", String(64), ForeignKey("capacityplan_runs.run"), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("ended", String(32), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)  # fmt: skip
OUTBOX = Table(
    "capacityplan_outbox", _META,
    Column("key", String(128), primary_key=True),
    Column("run", String(64), nullable=False),
    Column("channel", Integer, nullable=False),
    Column("sent", String(32)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("fault", Text, nullable=False, server_default=""),
    UniqueConstraint("run", "channel"),
)  # fmt: skip
AUDIT = Table(
    "capacityplan_audit", _META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("plant", String(64), nullable=False),
    Column("run", String(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("event", String(32), nullable=False),
    Column("detail", Text, nullable=False),
)  # fmt: skip

_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER IF NOT EXISTS capacityplan_audit_no_update BEFORE UPDATE ON capacityplan_audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS capacityplan_audit_no_delete BEFORE DELETE ON capacityplan_audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION capacityplan_append_only() RETURNS trigger AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$ LANGUAGE plpgsql",
        "CREATE OR REPLACE TRIGGER capacityplan_audit_guard BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON capacityplan_audit FOR EACH STATEMENT EXECUTE FUNCTION capacityplan_append_only()",
    ),
}
"""What keeps the audit log from being changed, by dialect."""


def _first(connection: Connection) -> None:
    for table in (RUNS, STEPS, OUTBOX, AUDIT):
        table.create(connection, checkfirst=True)
    for statement in _GUARDS[connection.dialect.name]:
        connection.execute(text(statement))


MIGRATIONS = (_first,)
"""Steps from each version of the store to the next; the last one leads to today's."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as it is kept."""

    run: str
    plant: str
    started: str
    ended: str | None
    status: str
    code: int | None
    message: str
    plan: str
    previous: str
    cost: float | None
    carried_cost: float | None
    changes: int | None
    changes_frozen: int | None
    seconds: float | None
    resumed: int


def now_text() -> str:
    """Return this moment in UTC, as it is kept."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Store:
    """The run store; every method is one transaction."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        try:
            self._migrate()
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise _refused(self._engine, error) from error

    def _migrate(self) -> None:
        with self._transaction() as connection:
            VERSION.create(connection, checkfirst=True)
            found = connection.execute(select(VERSION.c.version)).scalar()
            if found is not None and found > len(MIGRATIONS):
                raise OutputError(f"the run store has version {found}, this program knows {len(MIGRATIONS)}")
            for step in MIGRATIONS[found or 0 :]:
                step(connection)
            if found is None:
                connection.execute(insert(VERSION).values(version=len(MIGRATIONS)))
            elif found < len(MIGRATIONS):
                connection.execute(update(VERSION).values(version=len(MIGRATIONS)))

    @contextmanager
    def held(self, plant: str) -> Iterator[None]:
        """Hold a plant in a store that several machines share (PostgreSQL); else the lock file must do.

        Raises
        ------
        StoreBusy
        """
        if self.kind != "postgresql":
            yield
            return
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            key = {"key": f"capacityplan {plant}"}
            taken = connection.execute(text("SELECT pg_try_advisory_lock(hashtext(:key))"), key).scalar()
            if not taken:
                raise StoreBusy(f"another machine is running the night of {plant}")
            yield
        finally:
            # The server takes the lock back with the connection, even where it has gone meanwhile.
            connection.invalidate()
            connection.close()

    def begin(self, run: str, plant: str, previous: str) -> None:
        """Note a new run."""
        with self._transaction() as connection:
            connection.execute(
                insert(RUNS).values(
                    run=run, plant=plant, started=now_text(), status="running", previous=previous
                )
            )
            _say(connection, plant, run, "started", "")

    def unfinished(self, plant: str) -> RunRow | None:
        """Return the last run of a plant that has not ended."""
        with self._transaction() as connection:
            query = select(RUNS).where(RUNS.c.plant == plant, RUNS.c.status == "running")
            row = connection.execute(query.order_by(RUNS.c.started.desc())).first()
        return None if row is None else RunRow(**row._mapping)

    def resumed(self, row: RunRow) -> None:
        """Note that a run goes on."""
        with self._transaction() as connection:
            query = update(RUNS).where(RUNS.c.run == row.run)
            connection.execute(query.values(resumed=RUNS.c.resumed + 1))
            _say(connection, row.plant, row.run, "resumed", "")

    def done(self, run: str) -> dict[str, str]:
        """Return the steps that a run has behind it, with their notes."""
        with self._transaction() as connection:
            rows = connection.execute(select(STEPS.c.step, STEPS.c.note).where(STEPS.c.run == run)).all()
        return {row.step: row.note for row in rows}

    def step(self, run: str, step: str, seconds: float, note: str, **facts: Any) -> None:
        """Note that a step is done, and what it found out about the run."""
        with self._transaction() as connection:
            connection.execute(
                insert(STEPS).values(run=run, step=step, ended=now_text(), seconds=seconds, note=note)
            )
            if facts:
                connection.execute(update(RUNS).where(RUNS.c.run == run).values(**facts))

    def end(self, run: str, plant: str, status: str, code: int, message: str, seconds: float) -> None:
        """Note how a run ended."""
        with self._transaction() as connection:
            connection.execute(
                update(RUNS)
                .where(RUNS.c.run == run)
                .values(status=status, code=code, message=message, ended=now_text(), seconds=seconds)
            )
            _say(connection, plant, run, status, message)

    def say(self, plant: str, run: str, event_name: str, detail: str, actor: str = "nightly") -> None:
        """Append to the audit log."""
        with self._transaction() as connection:
            _say(connection, plant, run, event_name, detail, actor)

    def runs(self, plant: str, count: int | None = None) -> list[RunRow]:
        """Return the runs of a plant, the latest first."""
        with self._transaction() as connection:
            query = select(RUNS).where(RUNS.c.plant == plant).order_by(RUNS.c.started.desc())
            rows = connection.execute(query if count is None else query.limit(count)).all()
        return [RunRow(**row._mapping) for row in rows]

    def audit(self, plant: str) -> list[dict[str, Any]]:
        """Return the audit log of a plant."""
        with self._transaction() as connection:
            rows = connection.execute(select(AUDIT).where(AUDIT.c.plant == plant).order_by(AUDIT.c.id)).all()
        return [dict(row._mapping) for row in rows]

    def is_sent(self, run: str, channel: int) -> bool:
        """Whether a notification has gone out."""
        with self._transaction() as connection:
            query = select(OUTBOX.c.sent).where(OUTBOX.c.run == run, OUTBOX.c.channel == channel)
            return connection.execute(query).scalar() is not None

    def unsent(self, run: str) -> dict[int, str]:
        """Return what was wrong with notifications of a run that nobody got, by the channel's number."""
        with self._transaction() as connection:
            query = select(OUTBOX.c.channel, OUTBOX.c.fault).where(
                OUTBOX.c.run == run, OUTBOX.c.sent.is_(None)
            )
            rows = connection.execute(query.order_by(OUTBOX.c.channel)).all()
        return {row.channel: row.fault for row in rows}

    def attempt(self, run: str, channel: int, fault: str | None) -> None:
        """Note that a notification was tried: sent where there is no fault."""
        sent = now_text() if fault is None else None
        with self._transaction() as connection:
            where = (OUTBOX.c.run == run, OUTBOX.c.channel == channel)
            known = connection.execute(select(OUTBOX.c.key).where(*where)).scalar()
            if known is None:
                connection.execute(
                    insert(OUTBOX).values(
                        key=f"{run}-{channel}",
                        run=run,
                        channel=channel,
                        sent=sent,
                        attempts=1,
                        fault=fault or "",
                    )
                )
            else:
                connection.execute(
                    update(OUTBOX)
                    .where(*where)
                    .values(sent=sent, attempts=OUTBOX.c.attempts + 1, fault=fault or "")
                )


def _say(
    connection: Connection, plant: str, run: str, event_name: str, detail: str, actor: str = "nightly"
) -> None:
    connection.execute(
        insert(AUDIT).values(
            at=now_text(), plant=plant, run=run, actor=actor, event=event_name, detail=detail[:4000]
        )
    )


def _engine(url: str) -> Engine:
    try:
        if url.startswith("postgresql://"):
            url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
        options: dict[str, Any] = {"connect_args": {"connect_timeout": 10}} if "postgresql" in url else {}
        engine = create_engine(url, pool_pre_ping=True, **options)
    except (SQLAlchemyError, ImportError) as error:
        raise OutputError(f"the run store's URL cannot be used: {error}") from error
    if engine.dialect.name not in _GUARDS:
        raise OutputError(f"a run store is SQLite or PostgreSQL, not {engine.dialect.name}")
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _dependable(connection: Any, _record: Any) -> None:
            for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
                connection.execute(f"PRAGMA {setting}")

    return engine


def _refused(engine: Engine, error: OperationalError) -> OutputError:
    where = engine.url.render_as_string(hide_password=True)
    reason = str(error.orig).strip().splitlines()[0] if error.orig is not None else str(error)
    return OutputError(f"the run store {where} does not answer: {reason}")
