"""The state that all nodes of a cluster share: SQLite on every node, changed in one order that the bucket
keeps.

`entries` and `contents` are forms, `tables` and `retention` decide, `log` asks the bucket, `database` is the
store's `Database` over all of them.
"""
