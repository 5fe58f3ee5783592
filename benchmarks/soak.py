"""Does the server stay as it is over many requests: errors, memory, threads, open files.

usage: python -m benchmarks.soak [--requests N] [--step N] [--threads N] [--minutes N] [--only ROUTE ...]
                                 [--unseen SHARE] [--folder DIR]

Every kind of request is sent over connections that are kept open, in an order and with words that a seed decides. Many
queries hold words that nobody has asked before, so that whatever the server remembers keeps growing up to its bound.
After each step a line says how it stands; the last line says how much memory the server has gained since the second
step, and in the second half: a cache stops growing when it is full, a leak does not. To find what it was that grew:
--only sends one kind of request, --unseen 0 no unknown words.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.server import MCP_HEADERS, Texts, connected, default_folder, indexed, serving, stop_on_sigterm
from benchmarks.verify import cut, one_digit, one_word

WORDS = (
    "giảm nghèo", "hộ cận nghèo", "nông thôn mới", "ngân sách", "kiểm tra", "giám sát", "đảng viên", "chi bộ",
    "trồng rừng", "chăn nuôi", "lúa nương", "cây ăn quả", "việc làm", "giáo dục", "trường học", "y tế", "bảo hiểm",
    "văn hóa", "du lịch", "chuyển đổi số", "cải cách", "giao thông", "thủy lợi", "nước sạch", "môi trường",
    "đất đai", "khiếu nại", "tham nhũng", "quốc phòng", "an ninh", "biên giới", "ma túy", "dân vận", "mặt trận",
    "phụ nữ", "thanh niên", "cựu chiến binh", "hợp tác xã", "doanh nghiệp", "đầu tư", "thu nhập", "bình quân",
    "tỷ lệ", "kết quả", "hạn chế", "nguyên nhân", "bài học", "mục tiêu", "nhiệm vụ", "giải pháp", "huyện", "xã",
    "thôn bản", "năm 2023", "2020-2025", "HĐND", "UBND", "nghị quyết", "kế hoạch", "đạt", "tăng", "chậm", "poverty",
    "budget", "party members",
)  # fmt: skip
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạèéẻẽẹìíỉĩịòóỏõọùúủũụzwfj0123456789"
GONE = "000000000000"
TOLD = 8  # kinds of unexpected answers that are named at the end


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and the status that it should get."""

    method: str
    path: str
    body: object = None
    status: int = 200


class Maker:
    """Makes requests; the same seed makes the same ones.

    Args:
        texts: what the index holds.
        random_: decides.
        unseen: how many of the questions hold a word that nobody has typed before, 0 to 1.
    """

    def __init__(self, texts: Texts, random_: random.Random, unseen: float) -> None:
        self._texts = texts
        self._quotable = texts.quotable
        self._unseen = unseen
        self.random = random_

    def question(self) -> str:
        """Words of the field, some without diacritics, some that nobody has typed before, sometimes a filter."""
        dice = self.random
        words = dice.sample(WORDS, dice.randint(1, 5))
        if dice.random() < 0.3:
            words = [plain(word) for word in words]
        if dice.random() < self._unseen:
            for _ in range(dice.randint(1, 4)):
                words.insert(dice.randint(0, len(words)), self.unseen())
        if dice.random() < 0.1:
            words[0] = f'"{words[0]}"'
        if dice.random() < 0.1:
            words.append(dice.choice(("năm:2023", "loại:bảng", "-xã", "huyện:sông")))
        return " ".join(words)

    def unseen(self) -> str:
        """A word that was hardly ever seen."""
        return "".join(self.random.choices(LETTERS, k=self.random.randint(3, 10)))

    def quotation(self) -> str:
        """Out of a document, half of them with a change."""
        found = cut(self.random.choice(self._quotable), self.random)
        change = self.random.choice((one_digit, one_word, None, None))
        return (change(found, self.random) if change else None) or found

    def passage(self) -> str:
        """The id of a passage."""
        return self.random.choice(self._texts.passages)[0]

    def document(self) -> str:
        """The id of a document."""
        return self.random.choice(self._texts.documents)

    def search(self) -> Ask:
        """A search with this and that."""
        more = self.random.choice(
            ({}, {}, {"mode": "lexical"}, {"mode": "dense"}, {"facets": "document,kind,year"}, {"diverse": "2"},
             {"context": 1, "limit": 5}, {"group": "footnotes"}, {"kind": "footnote"}, {"offset": 10})
        )  # fmt: skip
        return get("/api/v1/search", q=self.question(), **more)

    def batch(self) -> Ask:
        """Several queries at once."""
        return Ask("POST", "/api/v1/search", {"queries": [self.question() for _ in range(3)], "limit": 3})

    def missing(self) -> Ask:
        """What is not there."""
        path = self.random.choice(
            (f"/api/v1/passages/{GONE}:p99999", f"/api/v1/documents/{GONE}", f"/van-kien/{GONE}",
             f"/api/v1/similar/{GONE}:p1", f"/{self.random.getrandbits(64):x}", "/static/nothing.css")
        )  # fmt: skip
        return Ask("GET", path, status=404)

    def mcp(self) -> Ask:
        """A call of a tool."""
        name, arguments = self.random.choice(
            (
                ("search", {"query": self.question()}),
                ("search", {"query": self.question()}),
                ("compare", {"query": self.question()}),
                ("context", {"query": self.question(), "budget": 2000}),
                ("verify", {"quote": self.quotation()}),
                ("fetch", {"id": self.passage()}),
                ("documents", {}),
                ("outline", {"id": self.document()}),
            )
        )
        call = {"jsonrpc": "2.0", "id": self.random.getrandbits(31), "method": "tools/call"}
        return Ask("POST", "/mcp/", {**call, "params": {"name": name, "arguments": arguments}})


def get(path: str, **parameters: object) -> Ask:
    """A GET with these parameters."""
    return Ask("GET", f"{path}?{urlencode(parameters)}" if parameters else path)


ROUTES: dict[str, tuple[int, Callable[[Maker], Ask]]] = {
    "search": (30, Maker.search),
    "batch": (2, Maker.batch),
    "passages": (12, lambda m: get(f"/api/v1/passages/{m.passage()}", context=2)),
    "documents": (3, lambda m: get("/api/v1/documents")),
    "document": (2, lambda m: get(f"/api/v1/documents/{m.document()}")),
    "outline": (3, lambda m: get(f"/api/v1/documents/{m.document()}/outline")),
    "compare": (5, lambda m: get("/api/v1/compare", q=m.question())),
    "verify": (10, lambda m: Ask("POST", "/api/v1/verify", {"quote": m.quotation()})),
    "similar": (6, lambda m: get(f"/api/v1/similar/{m.passage()}", limit=5)),
    "context": (5, lambda m: get("/api/v1/context", q=m.question(), budget=2000)),
    "page": (6, lambda m: get("/tim", q=m.question())),
    "reading": (1, lambda m: get(f"/van-kien/{m.document()}")),
    "metrics": (2, lambda m: get("/api/v1/metrics")),
    "missing": (5, Maker.missing),
    "mcp": (8, Maker.mcp),
}


def plain(text: str) -> str:
    """Without diacritics."""
    folded = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in folded if not unicodedata.combining(char))


# ---- sending -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What came back.

    Attributes:
        sent: requests.
        errors: answers from 500 on, and connections that broke.
        others: answers with another status than the right one.
        named: (route, what) of both, and how often.
    """

    sent: int = 0
    errors: int = 0
    others: int = 0
    named: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Count these as well."""
        self.sent += other.sent
        self.errors += other.errors
        self.others += other.others
        self.named += other.named


def sent(address: str, maker: Maker, routes: list[str], count: int, over: Callable[[], bool]) -> Tally:
    """Send so many requests over one connection, or until it is over."""
    tally, random_, connection = Tally(), maker.random, connected(address)
    weights = [ROUTES[name][0] for name in routes]
    for name in random_.choices(routes, weights, k=count):
        if over():
            break
        ask = ROUTES[name][1](maker)
        tally.sent += 1
        try:
            data = None if ask.body is None else json.dumps(ask.body).encode()
            connection.request(ask.method, ask.path, data, MCP_HEADERS if data else {})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            tally.errors += 1
            tally.named[name, type(error).__name__] += 1
            connection.close()  # the next request opens it again
            continue
        refused = name == "mcp" and (b'"isError":true' in text or b'"result"' not in text)
        if answer.status >= 500:
            tally.errors += 1
            tally.named[name, str(answer.status)] += 1
        elif answer.status != ask.status or refused:
            tally.others += 1
            tally.named[name, f"{answer.status} {text[:160].decode('utf-8', 'replace')}"] += 1
    connection.close()
    return tally


@dataclass(frozen=True, slots=True)
class State:
    """Of the server's process: resident memory in MB, threads, open files."""

    memory: float
    threads: int
    files: int

    @classmethod
    def of(cls, pid: int) -> State:
        """How it stands now."""
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        values = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return cls(int(values["VmRSS"][0]) / 1024, int(values["Threads"][0]), files)


def soaked(address: str, pid: int, texts: Texts, args: argparse.Namespace) -> tuple[Tally, list[tuple[int, State]]]:
    """Send the requests step by step; print a line after each.

    Returns:
        What came back, and (requests so far, state) before the first step and after each.
    """
    total, states, stop = Tally(), [(0, State.of(pid))], threading.Event()
    deadline = time.monotonic() + 60 * args.minutes
    print(f"{'requests':>9}{'errors':>8}{'others':>8}{'MB':>9}{'threads':>9}{'files':>7}{'/s':>8}")
    told(total, states[0][1], 0.0)

    def over() -> bool:
        return stop.is_set() or time.monotonic() > deadline

    with ThreadPoolExecutor(args.threads) as pool:
        try:
            while total.sent < args.requests and not over():
                started, before = time.monotonic(), total.sent
                size = min(args.step, args.requests - before)
                jobs = []
                for i in range(args.threads):
                    maker = Maker(texts, random.Random(f"{args.seed} {before} {i}"), args.unseen)
                    share = size // args.threads + (i < size % args.threads)
                    jobs.append(pool.submit(sent, address, maker, args.only or list(ROUTES), share, over))
                for job in jobs:
                    total.add(job.result())
                states.append((total.sent, State.of(pid)))
                told(total, states[-1][1], (total.sent - before) / (time.monotonic() - started))
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
        finally:
            stop.set()
    return total, states


def told(total: Tally, state: State, rate: float) -> None:
    """Print how it stands."""
    values = f"{state.memory:>9.1f}{state.threads:>9}{state.files:>7}{rate:>8.1f}"
    print(f"{total.sent:>9}{total.errors:>8}{total.others:>8}{values}", flush=True)


def verdict(total: Tally, states: list[tuple[int, State]]) -> str:
    """The last line."""
    if len(states) < 4:
        return "Too few steps to say how memory goes on: at least three are needed."
    before, after, middle = states[2], states[-1], states[len(states) // 2]
    return (
        f"{total.errors} errors in {total.sent:,} requests; memory {grown(before, after)}, {grown(middle, after)}; "
        f"threads {after[1].threads - before[1].threads:+d}, open files {after[1].files - before[1].files:+d}"
    )


def grown(before: tuple[int, State], after: tuple[int, State]) -> str:
    """How much memory came between two states."""
    more = after[1].memory - before[1].memory
    each = more * 1000 / (after[0] - before[0])
    return f"{more:+.1f} MB from request {before[0]:,} on ({each:+.3f} MB per 1,000)"


def main() -> int:
    """Print how the server stands; 1 where there were errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--step", type=int, default=20_000, help="requests between two lines")
    parser.add_argument("--threads", type=int, default=4, help="connections at once")
    parser.add_argument("--minutes", type=float, default=90, help="after which it ends whatever is left")
    parser.add_argument("--only", nargs="+", choices=list(ROUTES), metavar="ROUTE", help=", ".join(ROUTES))
    parser.add_argument("--unseen", type=float, default=0.4, metavar="SHARE", help="of questions, with unknown words")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="documents")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    stop_on_sigterm()
    with tempfile.TemporaryDirectory() as temporary:
        index, log = Path(temporary) / "index", Path(temporary) / "server.log"
        texts = indexed(args.folder, index)
        with serving(index, log) as (address, pid):
            total, states = soaked(address, pid, texts, args)
        for (route, what), number in total.named.most_common(TOLD):
            print(f"{number} × {route}: {what}")
        if total.errors:
            print(f"the server's last messages:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
    print(verdict(total, states))
    return 1 if total.errors or total.others else 0


if __name__ == "__main__":
    sys.exit(main())
