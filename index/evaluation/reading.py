"""Files of judged queries → Qrels: the gold form (JSON lines with quotes) and the BEIR form (queries and qrels).

Gold, a line a query: ``{"qid", "query", "kind", "source", "answers": [{"quote", "grade", "where", "source"?}]}``; an
answer's source is the query's unless it names another. Lines of kind "shared" with the same query are one query over
all documents. BEIR, a folder: ``queries.jsonl`` (``{"_id", "text"}``), ``qrels.tsv`` or ``qrels/test.tsv`` (query id,
document id, grade, with a line of headings), ``corpus.jsonl`` (``{"_id", "title", "text"}``). Every file may be
compressed by xz.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.evaluation.qrels import BEIR, GOLD, Qrels, Quote, Topic, data_hash, fold
from ingest.errors import UsageError

POOLED = "shared"
"""The kind whose queries are asked of every document and pooled."""


def read_queries(paths: Sequence[str | Path]) -> Qrels:
    """Read judged queries; which of the two forms they have is seen from their first line.

    Args:
        paths: gold files; or one BEIR set, as its folder or its file of queries.

    Raises:
        UsageError: a file is not there, is empty, has neither form, or the two are mixed; an id comes twice.
    """
    files = [_queries_file(Path(path)) for path in paths]
    if not files:
        raise UsageError("chưa nêu tệp câu hỏi (no file of queries was named)")
    rows = {file: list(json_lines(file)) for file in files}
    forms = {_form(file, lines) for file, lines in rows.items()}
    if len(forms) > 1:
        raise UsageError("các tệp câu hỏi khác dạng nhau (gold quotes and BEIR cannot be scored together)")
    if forms == {GOLD}:
        return _gold([(file, number, row) for file, lines in rows.items() for number, row in lines])
    if len(files) > 1:
        raise UsageError("mỗi lần chỉ chấm được một bộ dạng BEIR (one BEIR set at a time)")
    return _beir(files[0], rows[files[0]])


def read_corpus(folder: Path) -> Iterator[tuple[str, str, str]]:
    """The documents of a BEIR set: id, title ("" for none), text.

    Raises:
        UsageError: there is no corpus, or a line of it is wrong.
    """
    path = _named(folder, "corpus.jsonl")
    if path is None:
        raise UsageError("thiếu corpus.jsonl (there is no corpus)", where=folder)
    for number, row in json_lines(path):
        try:
            yield str(row["_id"]), str(row.get("title") or ""), str(row["text"])
        except KeyError as error:
            raise _wrong(path, number, '{"_id", "title", "text"}') from error


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of JSON lines (``.xz`` or plain), each with the number of its line.

    Raises:
        UsageError: the file cannot be read, or a line is no object.
    """
    for number, line in _lines(path):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise _wrong(path, number, "{…}") from error
            if not isinstance(row, dict):
                raise _wrong(path, number, "{…}")
            yield number, row


def unreadable(path: Path, error: Exception) -> UsageError:
    """The error for a file that cannot be read."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return UsageError(f"không đọc được (cannot be read): {reason}", where=path)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    read = lzma.open if path.suffix == ".xz" else open
    try:
        with read(path, "rt", encoding="utf-8") as lines:
            yield from enumerate(lines, 1)
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error


def _wrong(path: Path, number: int, form: str) -> UsageError:
    return UsageError(
        "dòng không đúng dạng (a line of another form)",
        where=f"{path}:{number}",
        do=f"Mỗi dòng là (each line is) {form}",
    )


def _twice(path: Path, number: int, qid: str) -> UsageError:
    return UsageError(
        f"mã câu hỏi {qid} đã có ở trên (the id of a query comes twice)",
        where=f"{path}:{number}",
        do="Mỗi câu hỏi một mã riêng, mỗi tệp nêu một lần (one id a query, each file named once)",
    )


def _named(folder: Path, name: str) -> Path | None:
    """The file of that name, plain or compressed."""
    return next((path for path in (folder / name, folder / f"{name}.xz") if path.is_file()), None)


def _queries_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = _named(path, "queries.jsonl")
    if found is None:
        raise UsageError(
            "thư mục không có queries.jsonl (the folder holds no queries.jsonl)",
            where=path,
            do="Với dạng có trích dẫn, hãy nêu từng tệp (name gold files one by one)",
        )
    return found


def _form(path: Path, lines: Sequence[tuple[int, dict[str, Any]]]) -> str:
    if not lines:
        raise UsageError("tệp không có câu hỏi nào (the file holds no query)", where=path)
    number, row = lines[0]
    if "answers" in row:
        return GOLD
    if "_id" in row:
        return BEIR
    raise _wrong(path, number, '{"qid", "query", "kind", "source", "answers"} hoặc (or) {"_id", "text"}')


def _gold(lines: Sequence[tuple[Path, int, dict[str, Any]]]) -> Qrels:
    known: set[str] = set()
    pooled: dict[tuple[str, str], list[tuple[str, str, str, list[Quote]]]] = {}
    for path, number, row in lines:
        try:
            qid, text, kind = str(row["qid"]), str(row["query"]), str(row["kind"])
            quotes = [_quote(answer, str(row["source"])) for answer in row["answers"]]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _wrong(path, number, '{"qid", "query", "kind", "source", "answers": [{"quote", "grade"}]}') from error
        if qid in known:
            raise _twice(path, number, qid)
        known.add(qid)
        pooled.setdefault((kind, text if kind == POOLED else qid), []).append((qid, text, kind, quotes))
    topics = []
    for rows in pooled.values():
        _, text, kind, _ = rows[0]
        topics.append(Topic(min(row[0] for row in rows), text, kind, tuple(q for row in rows for q in row[3])))
    return Qrels(GOLD, 2, tuple(topics), data_hash(row for _, _, row in lines))


def _quote(answer: dict[str, Any], source: str) -> Quote:
    where = answer.get("where")
    return Quote(str(answer.get("source", source)), fold(answer["quote"]), int(answer["grade"]), where)


def _beir(path: Path, lines: Sequence[tuple[int, dict[str, Any]]]) -> Qrels:
    judged = _judgements(path.parent)
    topics: list[Topic] = []
    known: set[str] = set()
    for number, row in lines:
        try:
            qid, text = str(row["_id"]), str(row["text"])
        except KeyError as error:
            raise _wrong(path, number, '{"_id", "text"}') from error
        if qid in known:
            raise _twice(path, number, qid)
        known.add(qid)
        topics.append(Topic(qid, text, str(row.get("type") or ""), documents=tuple(judged.get(qid, {}).items())))
    rows = ({"qid": t.qid, "text": t.text, "answers": sorted(t.documents)} for t in topics)
    return Qrels(BEIR, 1, tuple(topics), data_hash(rows))


def _judgements(folder: Path) -> dict[str, dict[str, int]]:
    path = _named(folder, "qrels.tsv") or _named(folder / "qrels", "test.tsv")
    if path is None:
        raise UsageError("thiếu qrels.tsv cạnh câu hỏi (there is no qrels.tsv beside the queries)", where=folder)
    judged: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        cells = line.rstrip("\r\n").split("\t")
        if number == 1 and not _is_whole(cells[-1]):
            continue  # the headings
        if len(cells) != 3 or not _is_whole(cells[2]):
            raise _wrong(path, number, "query-id⇥corpus-id⇥score")
        judged.setdefault(cells[0], {})[cells[1]] = int(float(cells[2]))
    return judged


def _is_whole(text: str) -> bool:
    try:
        return float(text).is_integer()
    except ValueError:
        return False
