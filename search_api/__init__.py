"""Every face of the system: command line, HTTP API and web page (docs/architecture.md).

Nothing heavy is imported here: `vankien --help` must answer at once.
"""
