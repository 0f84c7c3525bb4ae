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

# image NAME DOCKERFILE-LINES: from the files in $work/NAME
image() {
    [ ! -f "$out/$1.tar" ] || return 0
    printf '%s\n' "$2" | DOCKER_BUILDKIT=0 docker build -q -t "localhost/$1:1" -f - "$work/$1" >/dev/null
    docker save "localhost/$1:1" -o "$out/$1.tar"
}

mkdir -p "$work/pause" "$work/coredns"
image pause $'FROM debian:bookworm-slim\nENTRYPOINT ["sleep", "infinity"]' # holds a pod's namespaces
cp "$out/coredns" "$work/coredns/"
image coredns $'FROM scratch\nCOPY coredns /\nENTRYPOINT ["/coredns"]'

# Debian's Prometheus, which the stand-in has, is built without Kubernetes
mkdir -p "$work/prometheus"
cp "$out/prometheus" "$work/prometheus/"
printf 'FROM prom/prometheus:v3.5.0\nCOPY prometheus /usr/bin/prometheus\n' | DOCKER_BUILDKIT=0 docker build -q -t prom/prometheus:v3.5.0 -f - "$work/prometheus" >/dev/null

images=$({
    "$out/kubectl" kustomize "$root/k8s"
    cat "$root/samples/bookshop/kubernetes.yaml"
} | sed -n 's/^ *image: *//p' | sort -u)
init=$("$out/kubectl" kustomize "$root/k8s/injector" | sed -n '/QUARTET_INJECTOR_INITIMAGE/ { n; s/^ *value: *//p; }')
# shellcheck disable=SC2086 # they are several
docker save $images $init -o "$out/images.tar"
printf 'archive         %s images, %d MB\n' "$(echo $images $init | wc -w)" $(($(stat -c %s "$out/images.tar") / 1000000))
