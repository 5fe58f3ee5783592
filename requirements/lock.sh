#!/bin/sh
# Chooses the newest versions that pyproject.toml allows and writes them down with their hashes.
#
# Called by `make lock`, which sets TORCH and PYTHON. With KEEP=1 (`make lock KEEP=1`) what is pinned already keeps its
# version, and only what pyproject.toml newly asks for is added. Works in a throw-away environment; the files name no
# package index and no folder, so they hold on every machine. torch itself is left out (see the Makefile), but what
# it needs is in. The CPU build of torch has to be what pip finds here, or its GPU packages would be pinned too.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$PYTHON" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --only-binary :all: 'pip==26.3' 'pip-tools==7.6.2'
echo "$TORCH" > "$work/torch.txt"

if [ -n "${KEEP:-}" ]; then
    upgrade=
    cp requirements/run.txt requirements/test.txt "$work" # pip-compile prefers the versions that its output file has
else
    upgrade=--upgrade
fi

compile() {
    target=$1
    shift
    "$work/venv/bin/pip-compile" --quiet $upgrade --strip-extras --no-annotate --generate-hashes --unsafe-package torch \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
        --pip-args '--only-binary :all:' --constraint "$work/torch.txt" "$@" \
        --output-file "$work/$target" pyproject.toml
    if grep -qE '^(nvidia-|cuda-|triton)' "$work/$target"; then
        echo "make lock: pip finds the GPU build of torch here; point it to the CPU build (PIP_FIND_LINKS) and repeat" >&2
        exit 1
    fi
    # pip-compile's closing remark is about torch, which is left out on purpose.
    sed -e '/^# WARNING:/,$d' -e '/^# The following packages/,$d' -e '/^$/d' "$work/$target" > "$work/$target.clean"
    if grep -nE '://|(^|[ "=])/[a-z]' "$work/$target.clean"; then
        echo "make lock: $target would name an index or a folder of this machine" >&2
        exit 1
    fi
    cp "$work/$target.clean" "requirements/$target"
    echo "requirements/$target"
}

# The larger one first: what the tests' tools allow is narrower, and both files must agree.
compile test.txt --extra test
compile run.txt --constraint "$work/test.txt"
