"""Does the search know when the documents say nothing on a question: how often its note of doubt is right.

usage: python -m benchmarks.unanswered [--model NAME] [--shared FOLDER] [--show]

Asked are the samples' graded queries that have an answer, which should come without the note (`index.ask.UNSURE`), and
the questions below, on which no report of a district says anything, which should come with it or find nothing at all.
Where the three gold reports are there, the same with them and their queries. For some thresholds beside
`index.ask.UNLIKELY` it is printed how many of either side lie below; --show names the exceptions.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.baseline import ROOT, sample_files, shared_files
from benchmarks.retrieval import GOLD
from index.ask import UNLIKELY
from index.build import ingest_paths
from index.evaluation import read_queries
from index.hits import Filters
from index.search import Searcher, open_index

FOREIGN = (
    "giá vàng thế giới", "bóng đá World Cup", "iphone", "cách nấu phở bò", "lịch thi đấu ngoại hạng Anh",
    "mua vé máy bay giá rẻ", "chứng khoán Mỹ", "bitcoin hôm nay", "thuốc trị đau đầu", "tàu ngầm hạt nhân",
    "núi lửa phun trào", "bầu cử tổng thống Mỹ", "phim Hàn Quốc hay", "tên lửa vũ trụ", "xe điện Tesla",
    "cách chơi cờ vua", "khủng long tuyệt chủng", "cá voi xanh", "bảng tuần hoàn hóa học", "định lý Pitago",
    "đàn piano cho người mới học", "tập yoga giảm cân", "điện thoại Samsung", "thơ Xuân Diệu", "ca sĩ Sơn Tùng",
    "nhạc jazz", "mèo Ba Tư", "công thức bánh flan", "vé xem phim cuối tuần", "du học Canada",
    "tiểu thuyết trinh thám", "kính viễn vọng", "lỗ đen vũ trụ", "hoa hậu hoàn vũ", "đua xe công thức 1",
    "chiến tranh thế giới thứ nhất", "đế chế La Mã", "kim tự tháp Ai Cập", "tháp Eiffel",
    "mặt trăng quay quanh trái đất",
    "giải phương trình bậc hai", "lập trình Python", "cài đặt Windows", "chó Husky", "trượt tuyết",
    "đồng hồ Thụy Sĩ", "rượu vang Pháp", "sushi Nhật Bản", "vé tàu điện ngầm Tokyo", "bói bài tarot",
    "cung hoàng đạo", "gia vi thit kho tau", "doi tuyen bong da Brazil", "cach cai dat ung dung",
    "how to bake bread", "how to learn guitar", "best laptop for gaming", "Champions League results",
    "stock market crash", "weather in Paris",
)  # fmt: skip
THRESHOLDS = (0.05, 0.1, UNLIKELY, 0.2, 0.3)


def likeliest(searcher: Searcher, queries: Sequence[str]) -> list[tuple[float, str]]:
    """The probability of the best hit of each query, 0 where nothing was found, lowest first.

    Queries that are not for the learnt ranker (a document's number, filters alone) are left out.
    """
    found = []
    for query in queries:
        analysed = searcher.analysed(query)
        allowed = searcher._retriever.allowed(Filters(), analysed.operators)
        ranking = searcher._ranking(analysed, searcher.vector(analysed), 10, "hybrid", allowed)
        if not len(ranking.positions):
            found.append((0.0, query))
        elif ranking.likeliest is not None:
            found.append((ranking.likeliest, query))
    return sorted(found)


def answered(paths: Sequence[Path]) -> list[str]:
    """Graded queries that have an answer, each once."""
    return list(dict.fromkeys(topic.text for topic in read_queries(paths).scored))


def told(name: str, files: Sequence[Path], gold: Sequence[Path], model: str | None, show: bool) -> None:
    """Print how many of either side lie below each threshold."""
    with tempfile.TemporaryDirectory() as folder:
        ingest_paths(files, Path(folder) / "index", model=model)
        searcher = open_index(Path(folder) / "index", model=model)
        sides = {"answered": likeliest(searcher, answered(gold)), "foreign": likeliest(searcher, FOREIGN)}
        searcher.close()
    print(f"{name}, {searcher.info.model}")
    print(f"{'below':12}" + "".join(f"{threshold:>9}" for threshold in THRESHOLDS) + f"{'of':>9}")
    for side, rows in sides.items():
        counts = [sum(value < threshold for value, _ in rows) for threshold in THRESHOLDS]
        print(f"{side:12}" + "".join(f"{count:>9}" for count in counts) + f"{len(rows):>9}")
    if show:
        for value, query in (row for row in sides["answered"] if row[0] < UNLIKELY):
            print(f"  answered {value:.3f} {query}")
        for value, query in (row for row in sides["foreign"] if row[0] >= UNLIKELY):
            print(f"  foreign  {value:.3f} {query}")


def main() -> int:
    """Print the table of the samples, and of the gold reports where they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="another encoder")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--show", action="store_true", help="name the exceptions")
    args = parser.parse_args()
    told("samples", sample_files(), sorted((ROOT / "samples" / "gold").glob("*.queries.jsonl")), args.model, args.show)
    if (args.shared / "gold").is_dir():
        gold = [args.shared / "gold" / f"{name}.queries.jsonl" for name in GOLD]
        told("three real reports", shared_files(args.shared), gold, args.model, args.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
