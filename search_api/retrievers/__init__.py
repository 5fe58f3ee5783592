"""Văn Kiện as a retriever of LangChain and of LlamaIndex.

Both frameworks are optional extras, and a retriever is imported when its name is first asked for::

    from search_api.retrievers import LangChainRetriever     # pip install 'vankien[langchain]'
    from search_api.retrievers import LlamaIndexRetriever    # pip install 'vankien[llamaindex]'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ingest.errors import UsageError

if TYPE_CHECKING:
    from search_api.retrievers.langchain import VanKienRetriever as LangChainRetriever
    from search_api.retrievers.llamaindex import VanKienRetriever as LlamaIndexRetriever

__all__ = ["LangChainRetriever", "LlamaIndexRetriever"]

# name → (module here, which is also the extra; the package that it needs; what that is called to install it)
_HOMES = {
    "LangChainRetriever": ("langchain", "langchain_core", "langchain-core"),
    "LlamaIndexRetriever": ("llamaindex", "llama_index.core", "llama-index-core"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, package, called = _HOMES[name]
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        # What the package misses in turn is a damaged installation, and must show as one.
        if error.name not in (package, package.partition(".")[0]):
            raise
        raise UsageError(
            f"chưa cài {called} / {called} is not installed", do=f"Cài / install: pip install 'vankien[{home}]'"
        ) from error
    return import_module(f"{__name__}.{home}").VanKienRetriever
