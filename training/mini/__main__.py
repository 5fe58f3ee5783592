"""``python -m training.mini [STEP] [options]``: one step, or all of them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

ROOT = Path(__file__).parents[2]


def tokenizer(options: argparse.Namespace) -> str:
    """Learn the subwords; for going on from what is shipped, take those that it has."""
    from training.mini.corpus import sample
    from training.mini.shipped import SHIPPED, shipped_tokenizer
    from training.mini.subwords import train_tokenizer

    path = options.work / "tokenizer.json"
    if path.exists() and not options.force:
        return "kept"
    if options.start == "shipped":
        shipped_tokenizer(SHIPPED).save(str(path))
        return f"{path}, of the package's model"
    train_tokenizer(sample(options.data), options.vocabulary).save(str(path))
    return str(path)


def pack(options: argparse.Namespace) -> str:
    """Turn all material into token numbers."""
    from training.mini.pack import pack as run

    sizes = run(options.data, options.work, force=options.force)
    return f"{sum(sizes.values()) / 1e6:.1f} M tokens"


def pretrain(options: argparse.Namespace) -> str:
    """Guess masked tokens."""
    from training.mini.masked import Settings, Shape
    from training.mini.masked import pretrain as run

    settings = Settings(
        seconds=options.seconds or 540, batch=options.batch, muon=options.muon, rate=options.rate or 2e-3
    )
    run(options.work, Shape(options.hidden, options.layers), options.vocabulary, settings, _device())
    return f"{settings.seconds:.0f} s"


def contrastive(options: argparse.Namespace) -> str:
    """Weak pairs, then written queries, from one or more seeds."""
    from training.mini.stages import Plan
    from training.mini.stages import contrastive as run

    given = {
        "weak_seconds": options.weak_seconds,
        "seconds": options.seconds,
        "rate": options.rate,
        "pairs": options.pairs,
        "seeds": options.seeds and tuple(options.seeds),
        "start": options.start,
        "share": options.share,
        "all_data": options.all_data,
    }
    plan = Plan(**{key: value for key, value in given.items() if value})
    scores = run(options.work, plan, options.name, _device(), force=options.force)
    return json.dumps(scores.get("all", {}))


def export(options: argparse.Namespace) -> str:
    """Write the folder that the index reads."""
    from training.mini.convert import export as run

    return run(options.work, options.model, name=options.name)


STEPS = {step.__name__: step for step in (tokenizer, pack, pretrain, contrastive, export)}


def _device() -> torch.device:
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.mini", description=__doc__)
    parser.add_argument("step", nargs="?", default="all", choices=("all", *STEPS))
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "mini", help="where each step keeps its result")
    parser.add_argument("--model", type=Path, default=ROOT / "index" / "models" / "vankien-mini")
    parser.add_argument("--force", action="store_true", help="do again what is there")
    parser.add_argument("--vocabulary", type=int, default=16_384)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=0, help="of the step; 0: its own default")
    parser.add_argument("--rate", type=float, default=0, help="of the step; 0: its own default")
    parser.add_argument("--batch", type=int, default=512, help="windows in a batch of the pre-training")
    parser.add_argument("--muon", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--weak-seconds", type=float, default=0, help="of the contrastive step for weak pairs")
    parser.add_argument("--pairs", type=int, default=0, help="weak pairs in a batch")
    parser.add_argument("--seeds", type=int, nargs="+", help="written stages, whose weights are averaged")
    parser.add_argument(
        "--start",
        default="",
        metavar="NAME",
        help="go on from these weights, without the weak stage; 'shipped': the package's",
    )
    parser.add_argument(
        "--share", type=float, default=0, help="of a batch's size in the contrastive step; 0: the whole"
    )
    parser.add_argument("--all-data", action="store_true", help="train on the held-out part too")
    parser.add_argument("--name", default="trained", help="of the contrastive step's result")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    for step in STEPS if options.step == "all" else (options.step,):
        print(f"{step}: {STEPS[step](options)}", flush=True)


if __name__ == "__main__":
    main()
