"""Builders of the sample documents and of their gold; `python -m samples.build` writes both."""
