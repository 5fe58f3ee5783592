"""Speed of the encoders side by side in one run, a random-weight MiniLM-L6 beside them.

usage: python -m benchmarks.encoders [--passages 400] [--rounds 3] [MODEL ...]

Every model reads the same passages (`training/written`) and queries; the rounds take turns, so that what else the
machine does hits all alike, and the best round of each counts. MiniLM-L6 has the measures of
``all-MiniLM-L6-v2`` (6 layers of 384) with random weights, run by sentence-transformers: speed does not depend on what
the weights are.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np

from index.encode import Encoder, load_encoder
from training.sources import OWN

MINI_LM = "MiniLM-L6, random"


def material(passages: int) -> tuple[list[str], list[str]]:
    """Passages and queries of the written sections, from all fields by turns."""
    files = [
        [json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in sorted(OWN.glob("*.jsonl"))
    ]
    rows = [p for sections in zip(*files, strict=False) for section in sections for p in section["passages"]]
    chosen = list(islice(rows, passages))
    return [p["passage"] for p in chosen], [p["queries"][0]["query"] for p in chosen[:100]]


def mini_lm(folder: Path) -> str:
    """A sentence-transformers folder with random weights; its tokenizer is vankien-mini's."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    from index.model_profiles import find_model

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(find_model("vankien-mini") / "tokenizer.json"),  # type: ignore[operator]
        pad_token="[PAD]",
        unk_token="[UNK]",
    )
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
    )
    base = folder / "base"
    BertModel(config).save_pretrained(base)
    tokenizer.save_pretrained(base)
    body = Transformer(str(base), max_seq_length=256)
    model = SentenceTransformer(modules=[body, Pooling(body.get_embedding_dimension())], device="cpu")
    model.save(str(folder / "model"), create_model_card=False)
    return str(folder / "model")


def rates(encoders: dict[str, Encoder], passages: list[str], queries: list[str], rounds: int) -> dict[str, dict]:
    """Name → passages a second and milliseconds a query, the best of all rounds."""
    table = {name: {"passages_s": 0.0, "query_ms": float("inf")} for name in encoders}
    for encoder in encoders.values():
        encoder.encode_queries(queries[:2])
    for _ in range(rounds):
        for name, encoder in encoders.items():
            row = table[name]
            row["passages_s"] = max(
                row["passages_s"], len(passages) / _time(lambda e=encoder: e.encode_passages(passages))
            )
            each = [_time(lambda e=encoder, q=query: e.encode_queries([q])) for query in queries]
            row["query_ms"] = min(row["query_ms"], 1000 * float(np.median(each)))
    return table


def _time(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["vankien-static", "vankien-mini"], metavar="MODEL")
    parser.add_argument("--passages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    passages, queries = material(options.passages)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch and transformers warn of their own future while being imported
        encoders = {name: load_encoder(name) for name in options.models}
        encoders[MINI_LM] = load_encoder(mini_lm(Path(scratch)))
        table = rates(encoders, passages, queries, options.rounds)
    peer = table[MINI_LM]
    print(f"{'model':<24}{'passages/s':>12}{'query ms':>10}{'passages, ratio':>18}{'query, ratio':>14}")
    for name, row in table.items():
        ratios = row["passages_s"] / peer["passages_s"], peer["query_ms"] / row["query_ms"]
        print(f"{name:<24}{row['passages_s']:>12.1f}{row['query_ms']:>10.2f}{ratios[0]:>17.1f}×{ratios[1]:>13.1f}×")


if __name__ == "__main__":
    main()
