# lxml is compiled and brings no types; the stubs on the package index disagree with what it does (`itertext`, `tag`).
from typing import Any

def __getattr__(name: str) -> Any: ...
