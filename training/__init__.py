"""From raw material to the default encoder, each step a command: ``python -m training all``.

``prepare`` cuts the material into words and caches them · ``vectors`` learns word vectors · ``contrastive`` trains them
on queries and passages · ``export`` writes a sentence-transformers folder · ``evaluate`` measures · ``card`` writes the
model card. Every step keeps its result in the work folder and is passed over when it is there (``--force`` does it
again).
"""
