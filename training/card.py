"""Step 6: the model card, from what the other steps noted."""

from __future__ import annotations

__all__ = ["card"]

HEAD = """---
language: [vi, en]
license: apache-2.0
library_name: sentence-transformers
tags: [sentence-transformers, static-embedding, sentence-similarity, vietnamese]
---

# vankien-static

The default encoder of Văn Kiện: queries and passages of Vietnamese Party and State reports → vectors of {dims} numbers.
A sentence-transformers `StaticEmbedding`: a text's vector is the mean of its pieces' rows, normalised. {pieces} rows in
8 bits, each with a weight; a query takes 0.2 ms on one processor core, segmentation included.

## Use

```python
from index.encode import load_encoder

encoder = load_encoder()
scores = encoder.encode_queries(["bà con thoát nghèo"]) @ encoder.encode_passages(passages).T
```

With sentence-transformers alone the text must first be brought into the form that the model was trained on
(`index.segment.words_form`: words by underthesea, syllables of a word joined by `_`, lower case); `vankien.json` says
so.

```python
SentenceTransformer("index/models/vankien-static").float().encode([words_form("bà con thoát nghèo")])
```

## How it was made

`python -m training all`, seeded, on two processor cores; no other model was used.

1. Words of all texts by underthesea; word vectors by PPMI and SVD over windows of six words.
2. A row is the sum of learnt parts (word, syllables, form without diacritics), folded into one row at the end. A word
   that is not in the vocabulary falls back to its syllables; text without diacritics has rows of its own, and so have
   the English words of the training queries.
3. Contrastive training, four times with other seeds, the rows averaged (InfoNCE, the passages of the batch as
   negatives, those of one section always together, those of other sections that lead the right answer left out; a
   query that several passages answer has a share for each), with queries stripped of diacritics, abbreviations
   swapped, tokens dropped and context lines added at random.

## What it was trained on

"""

LIMITS = """
Most of these sources state no licence. Their text is not in this folder: only vectors, and a vocabulary of single words
and short phrases, each of which occurs in at least five records (two of the written ones, or a term of the thesaurus).
The benchmarks below and the gold reports were never trained on; settings were chosen on the held-out written data
alone.

## Limits

A mean of words does not know order or negation: "tăng" and "giảm" differ by one word only. English is understood as far
as the words of some 13,000 training queries and of the thesaurus go. Numbers count for little; search by figure is the
lexical index's task.
"""

SOURCES = {
    "report_sections": "sections of invented reports with queries, written for this project",
    "own_sections": "sections of invented reports with queries, written for this project (`training/written`)",
    "register_paragraphs": "paragraphs in the register of reports with queries, written for this project",
    "synthetic_queries": "public official passages with queries written for this project",
    "thesaurus": "concepts of the thesaurus as it was given to this project (word vectors only)",
    "concepts": "concepts of `index/thesaurus`",
    "legal_qa": "legal questions and answers",
    "policy_news": "headlines and texts of policy news",
    "phapdien": "titles and texts of articles of law (Pháp điển)",
    "news": "titles, abstracts and texts of news on administration",
    "news_more": "titles and abstracts of news",
    "raw_text": "handbooks, papers, encyclopaedia",
    "laws": "articles of law (word vectors only)",
    "wiki": "encyclopaedia (word vectors only)",
}


def card(notes: dict) -> str:
    """The card as Markdown.

    Args:
        notes: what the steps wrote into ``notes.json``.
    """
    trained = notes.get("trained", {})
    model = notes.get("model", {})
    text = HEAD.format(dims=model.get("dims", "?"), pieces=f"{model.get('pieces', 0):,}")
    text += "| source | records |\n|---|---:|\n"
    for name, number in trained.get("records", {}).items():
        text += f"| {SOURCES.get(name, name)} | {number:,} |\n"
    text += LIMITS
    if notes.get("held_out"):
        text += "\n## Held-out written data\n\nWhole sections and passages kept out of training"
        text += " (measured before the last training, which took them in).\n" if trained.get("all_data") else ".\n"
        text += _table(notes["held_out"], ("n", "ndcg@10", "recall@10", "mrr@10"))
    if notes.get("measured"):
        measured = notes["measured"]
        benchmarks = {name: s for name, s in measured.items() if "ndcg@10" in s}
        reports = {name: s for name, s in measured.items() if "ndcg" in s}
        if benchmarks:
            text += "\n## Benchmarks\n" + _table(benchmarks, ("n", "ndcg@10", "recall@10", "mrr@10"))
        if reports:
            text += "\n## Three real reports, this encoder alone\n\nOne line of the file a passage; its score is its"
            text += " own, or the mean of its own and its best clause's.\n"
            text += _table(reports, ("n", "ndcg", "recall", "mrr", "p1"))
    if notes.get("timings"):
        text += "\n## Time of each step\n" + _table(notes["timings"], ("wall_s", "cpu_s"), digits=0)
    return text


def _table(rows: dict[str, dict[str, float]], columns: tuple[str, ...], digits: int = 3) -> str:
    lines = ["", "| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, scores in rows.items():
        cells = [f"{scores[c]:.0f}" if c == "n" else f"{scores[c]:.{digits}f}" for c in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
