"""What is kept: charts, repair jobs and their turns, verdicts, model versions, training runs; pictures by content hash.

records.py     the types that go out             schema.py    the tables
database.py    engine, transactions, migration   blobs.py     pictures beside the database
jobs.py  verdicts.py  versions.py  runs.py  snapshots.py  fates.py  evaluations.py  history.py    the verbs, by subject
repository.py  Store: the one thing that others open

A verdict is never changed or deleted: a changed mind is a new row. Nothing here imports anything of ours but
model.records and model.errors.
"""
