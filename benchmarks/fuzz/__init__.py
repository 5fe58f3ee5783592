"""Hostile input by the hundred thousand: mutated files through the whole ingest storey, every promise checked.

``python -m benchmarks.fuzz --help`` says how; `docs/development.md` says what it is for.
"""
