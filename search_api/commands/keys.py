"""``vankien keys``: who may ask the server from beyond this machine, what is seen, how often."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from search_api.access import FILE, SCOPES, Key, KeyRing
from search_api.cli import add_settings, say
from search_api.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="Việc / actions", required=True)
    add = actions.add_parser("add", help="tạo một khoá, in ra một lần / make a key; it is printed once")
    add.add_argument("name", metavar="NAME", help="khoá của ai / whose it is")
    add.add_argument(
        "--scope", action="append", choices=SCOPES, help="quyền, lặp lại được [read] / what it may do, repeatable"
    )
    add.add_argument(
        "--collection",
        action="append",
        metavar="NAME",
        default=[],
        help="tập có nhãn mà khoá được thấy, lặp lại được / a labelled collection that it sees, repeatable",
    )
    add.add_argument("--rate", metavar="N", type=int, help="số yêu cầu mỗi phút / requests a minute [rate_limit]")
    add.add_argument("--body", metavar="KB", type=int, help="yêu cầu lớn nhất / largest request [max_body]")
    add.add_argument("--expires", metavar="DATE", help="ngày cuối còn dùng được, như 2027-12-31 / its last day")
    add_settings(add, "index", "keys")
    listed = actions.add_parser("list", help="liệt kê các khoá / list the keys")
    listed.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(listed, "index", "keys")
    revoke = actions.add_parser("revoke", help="thu hồi một khoá / revoke a key")
    revoke.add_argument("id", metavar="ID", help="mã của khoá / the key's id")
    add_settings(revoke, "index", "keys")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Make, list or revoke.

    Raises:
        UsageError: a name, a number or a date is wrong, there is no such key, or the file cannot be read or written.
    """
    ring = KeyRing(settings.keys or settings.index / FILE)
    if args.action == "add":
        key, token = ring.add(
            args.name,
            scopes=tuple(dict.fromkeys(args.scope or ["read"])),
            collections=tuple(dict.fromkeys(args.collection)),
            rate_limit=_counted(args.rate, "--rate", 0),
            max_body=_counted(args.body, "--body", 1),
            expires=args.expires,
        )
        print(token)
        say(f"khoá {key.id} chỉ hiện một lần, hãy giữ kỹ / key {key.id} is shown this once, keep it")
    elif args.action == "revoke":
        key = ring.revoke(args.id)
        say(f"đã thu hồi khoá {key.id} của {key.name} / revoked")
    elif args.json:
        rows = [{name: value for name, value in asdict(key).items() if name != "digest"} for key in ring.all()]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for key in ring.all():
            print(_line(key))
    return 0


def _line(key: Key) -> str:
    labels = ", ".join(key.collections) or "—"
    rate = "" if key.rate_limit is None else f" · {key.rate_limit}/min"
    until = f" · đến / until {key.expires}" if key.expires else ""
    over = " · hết hạn / over" if key.over() else ""
    return f"{key.id}  {key.name} · {', '.join(key.scopes)} · {labels}{rate}{until}{over}"


def _counted(value: int | None, option: str, least: int) -> int | None:
    if value is not None:
        from index.bounds import check_number

        check_number(option, value, least)
    return value
