"""Build every sample and its derived gold: `python -m samples.build`."""

from .formats import build_all_formats
from .make import build_all

if __name__ == "__main__":
    for path in build_all() + build_all_formats():
        print(path)
