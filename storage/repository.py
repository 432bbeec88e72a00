"""Store: what the other rooms open. One database, one folder of pictures, and the verbs by subject.

    with Store.open(data_dir) as store:
        store.jobs.get(12); store.verdicts.add(...); store.versions.alias(); store.blobs.read(...)

Every verb is one short transaction and may be called from any thread.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from model.errors import StorageError
from storage.blobs import Blobs
from storage.database import Database
from storage.evaluations import Evaluations, Raters
from storage.fates import Fates
from storage.history import History
from storage.jobs import Jobs
from storage.runs import Runs
from storage.snapshots import Snapshots
from storage.verdicts import Verdicts
from storage.versions import Versions

DATABASE_FILE = "chartloop.db"
PICTURES_FOLDER = "pictures"


class Store:
    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database = database
        self.blobs = blobs
        self.jobs = Jobs(database, blobs)
        self.history = History(database)
        self.verdicts = Verdicts(database)
        self.versions = Versions(database)
        self.runs = Runs(database)
        self.snapshots = Snapshots(database)
        self.fates = Fates(database)
        self.evaluations = Evaluations(database)
        self.raters = Raters(database)

    @classmethod
    def open(cls, data_dir: Path, database_url: str = "") -> Self:
        """Open the store in that folder, made and migrated as needed. Raises StorageError with what to do."""
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            blobs = Blobs(data_dir / PICTURES_FOLDER)
            blobs.root.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(
                f"the data folder {data_dir} cannot be used: {error.strerror}; set CHARTLOOP_DATA_DIR to another one"
            ) from error
        url = database_url or f"sqlite:///{(data_dir / DATABASE_FILE).resolve()}"
        return cls(Database(url), blobs)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
