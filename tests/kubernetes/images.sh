#!/usr/bin/env bash
# Puts what a node of cluster.sh runs into archives: images.sh OUT [IMAGE ...]
#   OUT/pause.tar, OUT/coredns.tar    what the cluster itself needs; kept, once made
#   OUT/images.tar                    the images named, from the Docker engine that DOCKER_HOST names
# Wants debian:bookworm-slim in that engine, and coredns (build.sh) in OUT.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# image NAME DOCKERFILE-LINES: from the files in $work/NAME
image() {
    [ ! -f "$out/$1.tar" ] || return 0
    mkdir -p "$work/$1"
    printf '%s\n' "$2" | DOCKER_BUILDKIT=0 docker build -q -t "localhost/$1:1" -f - "$work/$1" >/dev/null
    docker save "localhost/$1:1" -o "$out/$1.tar"
}

image pause $'FROM debian:bookworm-slim\nENTRYPOINT ["sleep", "infinity"]' # holds a pod's namespaces
mkdir -p "$work/coredns"
cp "$out/coredns" "$work/coredns/"
image coredns $'FROM scratch\nCOPY coredns /\nENTRYPOINT ["/coredns"]'
[ $# = 0 ] || docker save "$@" -o "$out/images.tar"
