"""Build every sample and its derived gold: `python -m samples.build`."""

from .make import build_all

if __name__ == "__main__":
    for path in build_all():
        print(path)
