"""``vankien mcp``: MCP over stdio, for chat tools that start a program on this machine."""

from __future__ import annotations

import argparse

from search_api.cli import add_settings
from search_api.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_settings(
        parser,
        "index",
        "collections",
        "model",
        "backend",
        "reranker",
        "public_url",
        "query_max_length",
        "max_budget",
        "log_format",
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Serve until stdin ends. Nothing but the protocol goes to stdout; the log goes to stderr.

    Raises:
        IndexError_: the index cannot be opened.
    """
    import anyio

    from index.library import chosen_collections
    from search_api.commands.serve import open_library
    from search_api.mcp import Tools, serve_stdio

    library = open_library(settings)
    tools = Tools(library, settings, chosen_collections(settings.index, settings.collections or ""))
    try:
        anyio.run(serve_stdio, tools)
    finally:
        library.close()
    return 0
