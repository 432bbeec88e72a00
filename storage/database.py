"""The database: engine, transactions, migration. Everything that only SQLite or only PostgreSQL needs is here.

SQLite runs in WAL with foreign keys on; a write transaction takes the write lock when it begins (a transaction that
reads first and writes later would fail with "database is locked" instead of waiting), and is flushed to the disk when
it commits. Leaves out: the tables (schema.py) and the verbs (jobs.py, verdicts.py, versions.py).
"""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from model.errors import StorageError

BUSY_TIMEOUT_MS = 30_000
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "lustre"}
MIGRATION_LOCK = 0x63686172  # any fixed number, the same in every process


class Database:
    """A migrated database. `url` is SQLAlchemy's, e.g. sqlite:////data/chartloop.db or postgresql+psycopg://..."""

    def __init__(self, url: str) -> None:
        self.file = _sqlite_file(url)
        self.place = make_url(url).render_as_string(hide_password=True)
        if self.file is not None:
            refuse_network_file_system(self.file.parent)
        self.engine = _make_engine(url)
        try:
            self._migrate()
        except DatabaseError as error:
            self.engine.dispose()
            raise StorageError(f"the database at {self.place} cannot be used: {error.orig}") from error

    def close(self) -> None:
        self.engine.dispose()

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A short transaction that only reads."""
        with _as_storage_error(), self.engine.connect() as connection, Session(connection) as session:
            yield session

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A short transaction that commits at the end; when this returns, what was written is on the disk."""
        with _as_storage_error(), self.engine.connect() as connection:
            connection = connection.execution_options(chartloop_writes=True)
            with Session(connection, expire_on_commit=False) as session, session.begin():
                yield session
            connection.commit()

    def check(self) -> str:
        """The schema's revision. Raises StorageError when the database does not answer or is at another revision."""
        try:
            with self.engine.connect() as connection:
                found = MigrationContext.configure(connection).get_current_revision()
        except OperationalError as error:
            raise StorageError(f"the database does not answer: {error.orig}") from error
        wanted = ScriptDirectory.from_config(_alembic_config()).get_current_head()
        if found != wanted:
            raise StorageError(
                f"the database is at schema {found}, this program needs {wanted}: restart `chartloop serve`"
            )
        return str(found)

    def _migrate(self) -> None:
        """Bring the schema to this program's revision: one process at a time, a copy of the file first."""
        with self._migration_lock(), self.engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            scripts = ScriptDirectory.from_config(_alembic_config())
            if found == scripts.get_current_head():
                return
            if found not in {None, *(script.revision for script in scripts.walk_revisions())}:
                raise StorageError(
                    f"the database has schema {found}, which this version of Chartloop does not know: "
                    "it was written by a newer one; update Chartloop, or point data_dir elsewhere"
                )
            if found is not None and self.file is not None:
                backup(self.file, self.file.with_name(f"{self.file.name}.before-{scripts.get_current_head()}"))
            _upgrade(connection)

    @contextlib.contextmanager
    def _migration_lock(self) -> Iterator[None]:
        if self.file is None:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
                yield
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            return
        with self.file.with_name(f"{self.file.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextlib.contextmanager
def _as_storage_error() -> Iterator[None]:
    """A full disk, a lost server, a lock that never came: the machine's fault, not the caller's."""
    try:
        yield
    except OperationalError as error:
        raise StorageError(f"the database cannot be read or written: {error.orig}") from error


def backup(source: Path, target: Path) -> None:
    """Copy a live SQLite file, what its write-ahead log holds included."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


def refuse_network_file_system(folder: Path) -> None:
    """SQLite's locks do not hold on network file systems. Raises StorageError there."""
    mounts = [mount for mount in psutil.disk_partitions(all=True) if folder.is_relative_to(mount.mountpoint)]
    kind = max(mounts, key=lambda mount: len(mount.mountpoint)).fstype if mounts else ""
    if kind in NETWORK_FILE_SYSTEMS:
        raise StorageError(
            f"{folder} lies on a network file system ({kind}), where SQLite can lose data: set data_dir "
            "to a local disk, or database_url to a PostgreSQL database"
        )


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(str(parsed.database)).resolve() if parsed.get_backend_name() == "sqlite" else None


def _make_engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where _begin_sqlite says, not where the driver guesses
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("chartloop_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _upgrade(connection: Connection) -> None:
    """Run the missing steps in one transaction. A step may rebuild a table, so SQLite checks foreign keys after it."""
    config = _alembic_config()
    config.attributes["connection"] = connection.execution_options(chartloop_writes=True)
    driver: Any = connection.connection.dbapi_connection
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        driver.execute("PRAGMA foreign_keys=OFF")
    command.upgrade(config, "head")
    if sqlite:
        driver.execute("PRAGMA foreign_keys=ON")
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        assert not broken, f"a migration broke references: {broken[:5]}"
