"""The retriever for LangChain (extra ``langchain``)."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

# The types of the fields are read by pydantic when the class is made: they must be there, not only for type checkers.
from index.hits import Filters
from search_api.retrievers.passages import ANY, DEFAULT_K, Searches, found, metadata_of, text_of


class VanKienRetriever(BaseRetriever):
    """Passages of the documents as LangChain Documents, best first.

    ``ainvoke`` and ``abatch`` search in a thread, as `BaseRetriever` does it by itself.

    ::

        retriever = VanKienRetriever(searcher=open_index("my-index"), k=5)
        retriever.invoke("kết quả giảm nghèo")[0].metadata["citation"]

    Attributes:
        searcher: who is asked (`search_api.retrievers.passages.Searches`).
        k: documents at most.
        mode: "hybrid", "lexical" or "dense".
        filters: hard filters, applied before the search.
        with_footnotes: whether the passage's footnotes stand behind it in `page_content`; they are in the metadata
            either way.
    """

    searcher: Searches = Field(repr=False)
    k: int = DEFAULT_K
    mode: str = "hybrid"
    filters: Filters = ANY
    with_footnotes: bool = True

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(id=hit.passage_id, page_content=text_of(hit, self.with_footnotes), metadata=metadata_of(hit))
            for hit in found(self.searcher, query, self.k, self.mode, self.filters)
        ]
