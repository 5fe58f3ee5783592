"""A hub on 127.0.0.1: as much of the Hugging Face Hub's HTTP as huggingface_hub asks for, over folders of files."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LARGE = 1000  # bytes; from here on a file is one of "LFS", known by its SHA-256


@dataclass
class Hub:
    """Its repositories by name, and what was asked of it."""

    repositories: dict[str, Path]
    gated: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    slow: float = 0.0  # seconds for each block of a large file
    block: int = 4096
    sent: dict[str, int] = field(default_factory=dict)  # bytes of each file
    ranges: list[str] = field(default_factory=list)
    url: str = ""

    def revision(self, name: str) -> str:
        listed = "".join(f"{path}{digest}" for path, _, digest in self.files(name))
        return hashlib.sha1(listed.encode()).hexdigest()

    def files(self, name: str) -> list[tuple[str, int, str]]:
        folder = self.repositories[name]
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return [(p.relative_to(folder).as_posix(), p.stat().st_size, _digest(p)) for p in paths]


def _digest(path: Path) -> str:
    data = path.read_bytes()
    return hashlib.sha256(data).hexdigest() if len(data) >= LARGE else hashlib.sha1(data).hexdigest()


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(_Handler):
        the_hub = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    the_hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET(body=False)

    def do_GET(self, body: bool = True) -> None:
        path = self.path.partition("?")[0]
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/([^/]+)|/tree/([^/]+))?", path):
            name, _, revision, tree = found.groups()
            if self._known(name, revision or tree):
                self._json(_tree(self.the_hub, name) if tree else _info(self.the_hub, name))
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            name, revision, file = found.groups()
            if self._known(name, revision):
                self._file(name, file, body)
        else:
            self._refuse(404, "EntryNotFound")

    def _known(self, name: str, revision: str | None) -> bool:
        hub = self.the_hub
        if name in hub.broken:
            self._refuse(503, "")
        elif name not in hub.repositories:
            self._refuse(404, "RepoNotFound")
        elif revision not in (None, "main", hub.revision(name)):
            self._refuse(404, "RevisionNotFound")
        else:
            return True
        return False

    def _file(self, name: str, file: str, body: bool) -> None:
        hub = self.the_hub
        if name in hub.gated:
            self._refuse(403, "GatedRepo")
            return
        path = hub.repositories[name] / file
        if not path.is_file():
            self._refuse(404, "EntryNotFound")
            return
        data, asked = path.read_bytes(), self.headers.get("Range")
        start = int(re.fullmatch(r"bytes=(\d+)-.*", asked)[1]) if asked else 0  # type: ignore[index]
        if asked:
            hub.ranges.append(f"{file} {asked}")
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("Accept-Ranges", "bytes")
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("ETag", f'"{_digest(path)}"')
        self.send_header("X-Repo-Commit", hub.revision(name))
        self.end_headers()
        if body:
            self._send(file, data[start:])

    def _send(self, file: str, data: bytes) -> None:
        hub = self.the_hub
        sent = hub.sent  # an answer whose reader has gone may write one more block later: not into a newer count
        for at in range(0, len(data), hub.block):
            if hub.slow and len(data) >= LARGE:
                time.sleep(hub.slow)
            try:
                self.wfile.write(data[at : at + hub.block])
            except OSError:
                self.close_connection = True
                return
            sent[file] = sent.get(file, 0) + len(data[at : at + hub.block])

    def _json(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _info(hub: Hub, name: str) -> dict[str, object]:
    files = [
        {"rfilename": path, "size": size, **({"lfs": _lfs(size, digest)} if size >= LARGE else {})}
        for path, size, digest in hub.files(name)
    ]
    return {"id": name, "modelId": name, "sha": hub.revision(name), "private": False, "tags": [], "siblings": files}


def _tree(hub: Hub, name: str) -> list[dict[str, object]]:
    return [
        {"type": "file", "path": path, "size": size, "oid": digest[:40]}
        | ({"lfs": {"oid": digest, "size": size, "pointerSize": 134}} if size >= LARGE else {})
        for path, size, digest in hub.files(name)
    ]


def _lfs(size: int, digest: str) -> dict[str, object]:
    return {"sha256": digest, "size": size, "pointerSize": 134}
