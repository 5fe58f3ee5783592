"""``vankien models``: the encoders it knows, which are on this machine; ``fetch`` and ``convert`` bring one here."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from index.model_files import TORCH
from ingest.errors import UsageError
from search_api.cli import Parser, add_settings, say
from search_api.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="Việc / actions", parser_class=Parser)
    fetch = actions.add_parser(
        "fetch",
        help="tải một mô hình về máy / fetch a model onto this machine",
        description="Tải một mô hình từ hub: lệnh duy nhất ra mạng; ngắt rồi chạy lại thì tải tiếp. / "
        "Fetch a model from a hub: the only command that goes to a network; run again, it goes on where it stopped.",
    )
    fetch.add_argument(
        "name",
        metavar="NAME",
        help="tên trên hub, hoặc phần cuối của tên / its name on the hub, or the last part of it",
    )
    fetch.add_argument(
        "--to", metavar="DIR", type=Path, help="thư mục nhận / folder to put it in [kho của hub / hub cache]"
    )
    fetch.add_argument("--revision", metavar="REV", help="nhánh, thẻ hoặc commit / branch, tag or commit [main]")
    add_settings(fetch, "backend")
    convert = actions.add_parser(
        "convert",
        help="tạo tệp cho backend khác / make the files for another backend",
        description="Tạo đồ thị ONNX, hoặc bản 8 bit của nó, từ mô hình đã có trên máy. / "
        "Make the ONNX graph, or its form of 8 bits, from a model on this machine.",
    )
    convert.add_argument("name", metavar="NAME", help="tên hoặc thư mục của mô hình / name or folder of the model")
    add_settings(convert, "backend")
    add_settings(parser)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """List, fetch or convert."""
    if args.action == "fetch":
        return _fetch(args, settings)
    if args.action == "convert":
        return _convert(args, settings)
    from index.model_profiles import known_models

    models = known_models()
    if args.json:
        print(json.dumps([asdict(model) for model in models], ensure_ascii=False, indent=1, default=str))
    else:
        from search_api.terminal import print_models

        print_models(models)
    return 0


def _fetch(args: argparse.Namespace, settings: Settings) -> int:
    from index.fetch import fetch

    backend = settings.backend or TORCH
    found = fetch(args.name, backend, args.revision, args.to)
    say(
        f"{found.name}: {found.files} tệp / files, {found.size / 1e6:.1f} MB, phiên bản / revision {found.revision[:7]}"
    )
    if found.convert:
        say(
            f"kho không có bản 8 bit, tạo bằng / the repository has none of 8 bits, make it with: "
            f"vankien models convert {args.to or found.name} --backend {backend}"
        )
    print(found.folder)
    return 0


def _convert(args: argparse.Namespace, settings: Settings) -> int:
    from index.convert import convert

    if settings.backend is None:
        raise UsageError(
            "thiếu backend cần tạo / no backend to make it for",
            do=f"Ví dụ / example: vankien models convert {args.name} --backend onnx-int8",
        )
    made = convert(args.name, settings.backend)
    say(
        f"{made.name}: {made.way}, {made.size / 1e6:.1f} MB, cosin nhỏ nhất với bản gốc / least cosine to what it was "
        f"made from {made.cosine:.4f}"
    )
    print(made.graph)
    return 0
