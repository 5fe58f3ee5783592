"""`vankien-mini`: a small transformer, pre-trained on all raw text and trained on queries and passages.

The steps, each a command (``python -m training.mini STEP``):

1. ``tokenizer``   subwords of Vietnamese text (`training.mini.subwords`)
2. ``pack``        all texts and pairs as token numbers, small enough to carry to another machine (`training.mini.pack`)
3. ``pretrain``    masked tokens are guessed (`training.mini.masked`)
4. ``contrastive`` queries find their passages (`training.mini.bi_encoder`)
5. ``export``      a sentence-transformers folder with an ONNX file in 8 bits (`training.mini.convert`)

The same code runs on CPU cores and on a GPU; the state is saved as it goes, and a step begun again goes on from there.
"""
