"""Build every sample and its derived gold: `python -m samples.build`."""

from .annotated import build_all_annotated
from .formats import build_all_formats
from .make import build_all

if __name__ == "__main__":
    for path in build_all() + build_all_formats() + build_all_annotated():
        print(path)
