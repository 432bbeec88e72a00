"""Opening stores: old ones are migrated with their rows and a copy kept, unusable ones are refused in words."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from model.errors import StorageError
from storage import database
from storage.repository import DATABASE_FILE, Store
from storage.schema import Base

HEAD = ScriptDirectory(str(Path(database.__file__).parent / "migrations")).get_current_head()
OLD_ROWS = """
INSERT INTO charts VALUES ('{sha}', 'image/png', 60, 40, NULL, '2026-01-02 03:04:05.000000');
INSERT INTO jobs VALUES (7, '{sha}', 'old.png', 'done', 'nano', 4, 'upload', 1, 1, 0, 'Done.', '', '', NULL,
    '2026-01-02 03:04:05.000000', NULL, NULL);
INSERT INTO turns VALUES (9, 7, 1, 1, 'model', 'nano', 'kind: bar', 'plt.bar()', '', 'ok', '', 1.0, 0.5, NULL, NULL,
    NULL, NULL, NULL, '{{"error": "", "picture": false, "differences": []}}', 'stop', '[]', '[]', '[]', 1.5, '', NULL,
    '2026-01-02 03:04:05.000000');
INSERT INTO verdicts VALUES (3, 9, 'wrong', '["text"]', 'hm', '', '', NULL, '2026-01-02 03:04:05.000000');
"""


def at_revision(folder: Path, revision: str) -> Path:
    """A database as an older program left it."""
    file = folder / DATABASE_FILE
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    return file


def test_the_oldest_schema_is_migrated_with_its_rows(tmp_path: Path) -> None:
    file = at_revision(tmp_path, "0001")
    with contextlib.closing(sqlite3.connect(file)) as old:
        old.executescript(OLD_ROWS.format(sha="a" * 64))
    with Store.open(tmp_path) as store:
        assert store.database.check() == HEAD
        job = store.jobs.get(7)
        assert job is not None and job.chart.name == "old.png" and job.created.year == 2026
        assert job.best == 1 and job.turns[0].score.overall == 0.5
        verdict = job.turns[0].verdict
        assert verdict is not None and (verdict.id, verdict.tags, verdict.live) == (3, ("text",), True)
        assert store.versions.all() == ()
    with contextlib.closing(sqlite3.connect(tmp_path / f"{DATABASE_FILE}.before-{HEAD}")) as copy:
        assert copy.execute("SELECT comment FROM verdicts").fetchall() == [("hm",)]
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_the_steps_end_at_the_schema(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, store.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_store_that_is_up_to_date_is_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        Store.open(tmp_path).close()
    assert [path.name for path in tmp_path.glob("*.before-*")] == []


def test_processes_that_start_at_once_migrate_once(tmp_path: Path, checkout: Path) -> None:
    code = "import sys; from pathlib import Path; from storage.repository import Store; Store.open(Path(sys.argv[1]))"
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=checkout, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    ended = [(process.communicate()[1].decode(), process.returncode) for process in started]
    assert ended == [("", 0)] * 3
    with Store.open(tmp_path) as store:
        assert store.database.check() == HEAD


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    with pytest.raises(StorageError, match=r"9999.*newer"):
        Store.open(tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match=r"chartloop\.db cannot be used: file is not a database"):
        Store.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="CHARTLOOP_DATA_DIR"):
        Store.open(tmp_path / "file" / "data")


def test_network_file_systems_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mount = psutil.disk_partitions(all=True)[0]._replace(mountpoint=str(tmp_path), fstype="nfs4")
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [mount])
    with pytest.raises(StorageError, match=r"network file system .nfs4.*PostgreSQL"):
        Store.open(tmp_path / "data")
