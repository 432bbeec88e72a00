"""How the schema came to its shape: one file per step, run by storage.database when a store is opened.

A new step: change storage/schema.py, then add versions/NNNN_what.py by hand beside the others (batch operations, so
that it holds on SQLite); tests/test_storage_migrations.py compares what the steps make with the schema.
"""
