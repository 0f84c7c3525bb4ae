#!/usr/bin/env bash
# Puts what a node of cluster.sh runs into archives: images.sh OUT
#   OUT/pause.tar, OUT/coredns.tar    what the cluster itself needs; kept, once made
#   OUT/images.tar                    what k8s/ names, mesh-init and the bookshop
# From the Docker engine that DOCKER_HOST names (tests/containers/setup.sh fills it); coredns, prometheus and kubectl (build.sh) are in OUT.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build IMAGE FOLDER DOCKERFILE-LINES: from the files in $work/FOLDER
build() {
    printf '%s\n' "$3" | DOCKER_BUILDKIT=0 docker build -q -t "$1" -f - "$work/$2" >/dev/null 2>"$work/log" || {
        cat "$work/log" >&2
        exit 1
    }
}

# archive NAME DOCKERFILE-LINES
archive() {
    [ ! -f "$out/$1.tar" ] || return 0
    build "localhost/$1:1" "$1" "$2"
    docker save "localhost/$1:1" -o "$out/$1.tar"
}

mkdir -p "$work/pause" "$work/coredns"
archive pause $'FROM debian:bookworm-slim\nENTRYPOINT ["sleep", "infinity"]' # holds a pod's namespaces
cp "$out/coredns" "$work/coredns/"
archive coredns $'FROM scratch\nCOPY coredns /\nENTRYPOINT ["/coredns"]'

# Debian's Prometheus, which the stand-in has, is older, and built without Kubernetes
if ! docker run --rm --network none prom/prometheus:v3.5.0 --version 2>&1 | grep -q 'version 3.5.0'; then
    mkdir -p "$work/prometheus"
    cp "$out/prometheus" "$work/prometheus/"
    build prom/prometheus:v3.5.0 prometheus $'FROM prom/prometheus:v3.5.0\nCOPY prometheus /usr/bin/prometheus'
fi

images=$({
    "$out/kubectl" kustomize "$root/k8s"
    cat "$root/samples/bookshop/kubernetes.yaml"
} | sed -n 's/^ *image: *//p' | sort -u)
init=$("$out/kubectl" kustomize "$root/k8s/injector" | sed -n '/QUARTET_INJECTOR_INITIMAGE/ { n; s/^ *value: *//p; }')
# shellcheck disable=SC2086 # they are several
docker save $images $init -o "$out/images.tar"
printf 'archive         %s images, %d MB\n' "$(echo $images $init | wc -w)" $(($(stat -c %s "$out/images.tar") / 1000000))
