"""What the system may be told: one table that drives the command line, the environment, ``vankien.toml`` and the docs.

A setting is a field of `Settings`; everything else about it (environment
variable, TOML key, command-line option) follows from its name
(`search_api.configuration`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.model_files import BACKENDS

LOG_LEVELS = ("debug", "info", "warning", "error")
ON_OFF = ("on", "off")


def _row(
    default: Any,
    metavar: str,
    vi: str,
    en: str,
    *,
    kind: type = str,
    low: int | None = None,
    high: int | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A field with what its row of the table says."""
    about = {"kind": kind, "vi": vi, "en": en, "metavar": metavar, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata=about)


def _number(default: int, metavar: str, vi: str, en: str, low: int = 0, high: int | None = None) -> Any:
    return _row(default, metavar, vi, en, kind=int, low=low, high=high)


def _path(default: Path | None, metavar: str, vi: str, en: str) -> Any:
    return _row(default, metavar, vi, en, kind=Path)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the system may be told; each field's meaning is its help text (see `search_api.configuration.table`)."""

    index: Path = _path(  # noqa: RUF009 (makes a field)
        Path("index-data"), "DIR", "Thư mục chứa chỉ mục", "Folder that holds the index"
    )
    model: str | None = _row(
        None,
        "NAME",
        "Mô hình mã hoá: tên hoặc thư mục; bỏ trống là mô hình đi kèm",
        "Encoder: name or folder; empty means the model in the package",
    )
    backend: str | None = _row(
        None,
        "NAME",
        f"Cách chạy mô hình tải từ hub ({', '.join(BACKENDS)}); bỏ trống là như chỉ mục, hoặc torch",
        "What runs a model from a hub; empty means as the index says, else torch",
        choices=BACKENDS,
    )
    reranker: str | None = _row(
        None,
        "NAME",
        "Mô hình xếp lại các kết quả đầu (cross-encoder): tên hoặc thư mục; bỏ trống là không dùng",
        "Cross-encoder that orders the best hits anew: name or folder; empty means none",
    )
    thesaurus: Path | None = _path(  # noqa: RUF009
        None,
        "DIR",
        "Thư mục có khái niệm của riêng bạn (*.jsonl), gộp vào từ điển đi kèm khi lập chỉ mục",
        "Folder of your own concepts (*.jsonl), merged with the package's when the index is built",
    )
    host: str = _row("127.0.0.1", "HOST", "Địa chỉ máy chủ lắng nghe", "Address to serve on")
    port: int = _number(
        8000, "PORT", "Cổng máy chủ; 0 là cổng trống bất kỳ", "Port to serve on; 0 takes any free one", high=65535
    )
    limit: int = _number(10, "N", "Số kết quả mỗi lần tìm", "Number of hits when none is asked for", low=1)
    max_limit: int = _number(
        100, "N", "Số kết quả nhiều nhất qua HTTP", "Most hits one HTTP request may ask for", low=1
    )
    max_offset: int = _number(
        1000, "N", "Vị trí xa nhất khi lật trang qua HTTP", "Farthest offset that paging over HTTP may reach"
    )
    max_batch: int = _number(
        100, "N", "Số câu hỏi nhiều nhất trong một lô HTTP", "Most queries in one HTTP batch", low=1
    )
    max_context: int = _number(
        20, "N", "Số đoạn liền kề nhiều nhất mỗi phía qua HTTP", "Most neighbouring passages on each side over HTTP"
    )
    query_max_length: int = _number(
        1000, "N", "Số ký tự nhiều nhất của một câu hỏi qua HTTP", "Most characters of a query over HTTP", low=1
    )
    collections: str | None = _row(
        None,
        "NAMES",
        "Các tập văn kiện có nhãn được thấy khi không dùng khoá, cách nhau bằng dấu phẩy; * là tất cả",
        "Labelled collections that are seen without a key, comma between; * means every one",
    )
    access: str = _row(
        "auto",
        "HOW",
        "Ai được vào: open ai cũng được, keys phải có khoá; auto là open khi chỉ phục vụ máy này",
        "Who may come in: open everybody, keys whoever has one; auto is open where only this machine is served",
        choices=("auto", "open", "keys"),
    )
    keys: Path | None = _path(  # noqa: RUF009
        None,
        "FILE",
        "Tệp giữ các khoá; bỏ trống là keys.json trong chỉ mục",
        "File that holds the keys; empty means keys.json in the index",
    )
    allowed_hosts: str | None = _row(
        None,
        "NAMES",
        "Tên máy chủ được nhận trong yêu cầu, cách nhau bằng dấu phẩy; * là mọi tên; bỏ trống là tên của máy này",
        "Host names that requests may carry, comma between; * means any; empty means this machine's own",
    )
    cors: str | None = _row(
        None,
        "ORIGINS",
        "Trang web khác được gọi API từ trình duyệt, cách nhau bằng dấu phẩy; * là mọi trang",
        "Other sites that may call the API from a browser, comma between; * means any",
    )
    rate_limit: int = _number(
        0,
        "N",
        "Số yêu cầu mỗi phút của một khoá hoặc một địa chỉ; 0 là không hạn chế",
        "Requests a minute of one key or address; 0 means no limit",
    )
    max_body: int = _number(
        1024, "KB", "Kích thước lớn nhất của một yêu cầu, KB", "Largest body of a request, KB", low=1
    )
    uploads: str = _row(
        "off",
        "ON_OFF",
        "Cho gửi văn kiện vào chỉ mục qua HTTP (cần khoá có quyền ingest)",
        "Whether documents may be sent into the index over HTTP (by keys with the scope ingest)",
        choices=ON_OFF,
    )
    max_upload: int = _number(
        64, "MB", "Kích thước lớn nhất của một văn kiện gửi lên, MB", "Largest document that may be sent, MB", low=1
    )
    reload_seconds: int = _number(
        2,
        "SECONDS",
        "Bao lâu thì xem có bản chỉ mục mới một lần; 0 là không xem",
        "How often the server looks for a new generation of the index; 0 means never",
    )
    threads: int = _number(
        2,
        "N",
        "Số câu hỏi được trả lời cùng lúc, còn lại đợi lượt; nhiều hơn chỉ làm nhau chậm",
        "Questions that are answered side by side, the others wait their turn; more only slow each other down",
        low=1,
    )
    stop_seconds: int = _number(
        30,
        "SECONDS",
        "Chờ các yêu cầu đang chạy bao lâu khi dừng máy chủ",
        "How long requests under way are waited for when the server stops",
    )
    public_url: str | None = _row(
        None,
        "URL",
        "Địa chỉ mà người khác mở trang này, dùng trong trích dẫn; bỏ trống là địa chỉ máy chủ",
        "Address at which others open the page, for links in answers; empty means the server's own",
    )
    max_budget: int = _number(
        32000, "TOKENS", "Số token nhiều nhất của một gói ngữ cảnh", "Most tokens of one packed context", low=1
    )
    quote_max_length: int = _number(
        10000,
        "N",
        "Số ký tự nhiều nhất của một đoạn trích cần kiểm tra qua HTTP",
        "Most characters of a quotation to verify over HTTP",
        low=1,
    )
    jobs: int = _number(
        1,
        "N",
        "Số tiến trình đọc tệp song song; 0 là bằng số lõi",
        "Processes that read files side by side; 0 means one for each core",
    )
    time_limit: int = _number(
        600,
        "SECONDS",
        "Số giây nhiều nhất để đọc một tệp, và thêm chừng ấy cho mỗi 50 trang PDF",
        "Most seconds that reading one file may take, and as many more for every 50 pages of a PDF",
        low=1,
    )
    memory_limit: int = _number(
        2048,
        "MB",
        "Số MB bộ nhớ nhiều nhất để đọc một tệp; 0 là không hạn chế (chỉ trên Linux)",
        "Most MB of memory that reading one file may take; 0 means no limit (Linux only)",
    )
    dask: str | None = _row(
        None,
        "ADDRESS",
        "Đọc tệp trên cụm Dask có bộ điều phối ở địa chỉ này, ví dụ tcp://may-chu:8786",
        "Read the files on the Dask cluster whose scheduler has this address",
    )
    log_level: str = _row(
        "warning", "LEVEL", "Mức ghi nhật ký ra stderr", "How much is logged to stderr", choices=LOG_LEVELS
    )
    log_format: str = _row(
        "text",
        "FORM",
        "Dạng nhật ký",
        "Form of the log: lines for people, or one JSON object a line",
        choices=("text", "json"),
    )
