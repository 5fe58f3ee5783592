"""The kinds of problems, each with its HTTP status and what to do: one table for the API, the pages and the docs."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.errors import GenerationGoneError, IndexError_, IndexLockedError, UsageError
from search_api.lookup import NotAllowedError, NotFoundError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: HTTP status, title and what to do, Vietnamese first."""

    code: str
    status: int
    title: str
    do: str


KINDS = (
    Kind(
        "bad-request",
        400,
        "Yêu cầu không hợp lệ / Bad request",
        "Xem chi tiết rồi sửa yêu cầu / read the detail and mend the request",
    ),
    Kind(
        "key-needed",
        401,
        "Cần khoá / A key is needed",
        "Gửi khoá: Authorization: Bearer KHOÁ, hoặc làm mật khẩu / send a key as Authorization: Bearer, or as password",
    ),
    Kind(
        "not-allowed",
        403,
        "Không được phép / Not allowed",
        "Dùng khoá có quyền ấy / use a key that has this scope",
    ),
    Kind(
        "not-found",
        404,
        "Không có ở đây / Not found",
        "Xem các đường dẫn tại /openapi.json / see /openapi.json for what there is",
    ),
    Kind(
        "method-not-allowed",
        405,
        "Không nhận phương thức này / Method not allowed",
        "Dùng phương thức nêu trong đầu mục Allow / use a method that the Allow header names",
    ),
    Kind(
        "busy",
        409,
        "Đang có việc ghi khác / Another write is under way",
        "Gửi lại sau / send it again later",
    ),
    Kind(
        "generation-gone",
        410,
        "Bản chỉ mục ấy không còn mở / That generation is not open any more",
        "Tìm lại từ trang đầu, bỏ generation / search again from the first page, without generation",
    ),
    Kind(
        "too-large",
        413,
        "Yêu cầu quá lớn / The request is too large",
        "Gửi ít hơn mỗi lần / send less at a time",
    ),
    Kind(
        "misdirected",
        421,
        "Không phục vụ tên máy này / This host name is not served",
        "Thêm tên vào cài đặt allowed_hosts / add the name to the setting allowed_hosts",
    ),
    Kind(
        "invalid-parameters",
        422,
        "Tham số không hợp lệ / Invalid parameters",
        "Sửa các tham số đã nêu / mend the parameters named",
    ),
    Kind(
        "too-many-requests",
        429,
        "Quá nhiều yêu cầu / Too many requests",
        "Đợi số giây nêu trong đầu mục Retry-After / wait the seconds that the Retry-After header names",
    ),
    Kind("internal", 500, "Lỗi trong chương trình / Internal error", "Xem nhật ký của máy chủ / see the server's log"),
    Kind(
        "index-unavailable",
        503,
        "Chỉ mục chưa dùng được / Index not available",
        "Chạy vankien doctor --index DIR / run vankien doctor --index DIR",
    ),
)
BY_CODE = {kind.code: kind for kind in KINDS}
BY_STATUS = {kind.status: kind for kind in KINDS}


def kind_of(code: str) -> Kind | None:
    """The kind with this code, None where there is none."""
    return BY_CODE.get(code)


def kind_for(error: Exception) -> Kind:
    """Which kind of problem an error of ours is."""
    if isinstance(error, NotFoundError):
        return BY_CODE["not-found"]
    if isinstance(error, GenerationGoneError):
        return BY_CODE["generation-gone"]
    if isinstance(error, NotAllowedError):
        return BY_CODE["not-allowed"]
    if isinstance(error, UsageError):
        return BY_CODE["bad-request"]
    if isinstance(error, IndexLockedError):
        return BY_CODE["busy"]
    if isinstance(error, IndexError_):
        return BY_CODE["index-unavailable"]
    return BY_CODE["internal"]
