"""Subwords of Vietnamese: mostly whole syllables, with and without diacritics, and pieces of other languages' words."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from tokenizers.decoders import Metaspace as MetaspaceDecoder

from training.vocabulary import NEWER_TONES

__all__ = ["MASK", "PAD", "PASSAGE", "QUERY", "SEPARATOR", "SPECIAL", "UNKNOWN", "train_tokenizer"]

SPECIAL = ["[PAD]", "[UNK]", "[SEP]", "[MASK]", "[Q]", "[P]"]
PAD, UNKNOWN, SEPARATOR, MASK, QUERY, PASSAGE = range(len(SPECIAL))
"""Token numbers. A text begins with what it is: a query or a passage."""

# A word, up to four digits or one sign, each with the space before it.
_PIECES = r"▁?[\p{L}\p{M}]+|▁?[0-9]{1,4}|▁?[^▁\p{L}\p{M}0-9]|▁"


def train_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """A byte-pair tokenizer (Sennrich, Haddow and Birch, 2016) over lower-cased NFC text.

    Merges follow frequency, so nearly every syllable becomes one piece; the library's Unigram trainer cut a third of
    them in two (``▁huyệ`` ``n``) and made texts 1.4 times as long.


    Args:
        texts: what it learns from.
        size: pieces, special tokens included.

    Returns:
        The tokenizer. The older tone placement (``hoà``) becomes the newer one (``hòa``) before the text is cut.
    """
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    older = [normalizers.Replace(Regex(rf"{old}(?!\p{{L}})"), new) for old, new in NEWER_TONES.items()]
    # Behind q the u is no vowel: quý stays. (A look-behind does nothing here: the library matches piece by piece.)
    older += [normalizers.Replace("q" + NEWER_TONES["u" + y], "qu" + y) for y in "ỳýỷỹỵ"]
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase(), *older])  # type: ignore
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # type: ignore[assignment]
        [
            pre_tokenizers.Metaspace(prepend_scheme="always", split=False),
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
        ]
    )
    tokenizer.decoder = MetaspaceDecoder()  # type: ignore[assignment]
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIAL, limit_alphabet=400, max_token_length=16, show_progress=False
    )  # type: ignore[call-arg]
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
