"""The retriever for LlamaIndex (extra ``llamaindex``)."""

from __future__ import annotations

import asyncio

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    ObjectType,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from index.hits import Filters, Hit
from search_api.retrievers.passages import ANY, DEFAULT_K, Searches, found, metadata_of, text_of

FOR_LLM = ("section_path", "citation")
"""Metadata that a language model reads above the text."""
FOR_EMBEDDING = ("title", "place", "period", "section_path")
"""Metadata that an encoder reads above the text: what this index's own vectors are made of, too."""


class VanKienRetriever(BaseRetriever):
    """Passages of the documents as LlamaIndex nodes with scores, best first.

    ::

        retriever = VanKienRetriever(open_index("my-index"), k=5)
        retriever.retrieve("kết quả giảm nghèo")[0].metadata["citation"]

    Args:
        searcher: who is asked (`search_api.retrievers.passages.Searches`).
        k: nodes at most.
        mode: "hybrid", "lexical" or "dense".
        filters: hard filters, applied before the search.
        with_footnotes: whether the passage's footnotes stand behind it in the node's text; they are in the metadata
            either way.
        callback_manager: LlamaIndex's own.
    """

    def __init__(
        self,
        searcher: Searches,
        *,
        k: int = DEFAULT_K,
        mode: str = "hybrid",
        filters: Filters = ANY,
        with_footnotes: bool = True,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager=callback_manager)
        self.searcher = searcher
        self.k = k
        self.mode = mode
        self.filters = filters
        self.with_footnotes = with_footnotes

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = found(self.searcher, query_bundle.query_str, self.k, self.mode, self.filters)
        return [NodeWithScore(node=_node(hit, self.with_footnotes), score=hit.score) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        # The base class would search on the event loop itself and hold up everything else there.
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(hit: Hit, with_footnotes: bool) -> TextNode:
    metadata = metadata_of(hit)
    document = RelatedNodeInfo(
        node_id=hit.document.id,
        node_type=ObjectType.DOCUMENT,
        metadata={"title": hit.document.title, "source": hit.source},
    )
    return TextNode(
        id_=hit.passage_id,
        text=text_of(hit, with_footnotes),
        start_char_idx=hit.start,
        end_char_idx=hit.end,
        metadata=metadata,
        excluded_llm_metadata_keys=[key for key in metadata if key not in FOR_LLM],
        excluded_embed_metadata_keys=[key for key in metadata if key not in FOR_EMBEDDING],
        relationships={NodeRelationship.SOURCE: document},
    )
