"""``vankien models``: the encoders it knows, which are on this machine, what each needs."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from search_api.cli import add_settings
from search_api.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(parser)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print the list."""
    from index.model_profiles import known_models

    models = known_models()
    if args.json:
        print(json.dumps([asdict(model) for model in models], ensure_ascii=False, indent=1, default=str))
    else:
        from search_api.terminal import print_models

        print_models(models)
    return 0
