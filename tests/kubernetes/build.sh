#!/usr/bin/env bash
# Builds the programs of a Kubernetes for tests from Go modules into a folder: build.sh OUT [PROGRAM ...]
# PROGRAM: kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy, kubectl, coredns (build/go.mod), prometheus (prometheus/go.mod;
# Debian's knows no Kubernetes); all when left out.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -gt 0 ] || set -- kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns prometheus

# build MODULE PROGRAM PACKAGE FLAGS
build() {
    (cd "$here/$1" && CGO_ENABLED=0 go build -o "$out/$2" -ldflags "-s -w $4" "$3")
}

version() {
    (cd "$here/$1" && go list -m -f '{{.Version}}' "$2")
}

for program in "$@"; do
    case $program in
        coredns) build build coredns ./coredns "" ;;
        # v0.305.0 of the module is 3.5.0
        prometheus)
            module=$(version prometheus github.com/prometheus/prometheus)
            build prometheus prometheus github.com/prometheus/prometheus/cmd/prometheus \
                "-X github.com/prometheus/common/version.Version=3.$(echo "$module" | sed 's/^v0\.30*//')"
            ;;
        *)
            # kubectl reads the server's version, and the kubelet registers with it
            kubernetes=$(version build k8s.io/kubernetes)
            base=k8s.io/component-base/version
            build build "$program" "k8s.io/kubernetes/cmd/$program" \
                "-X $base.gitVersion=$kubernetes -X $base.gitMajor=1 -X $base.gitMinor=$(echo "$kubernetes" | cut -d. -f2)"
            ;;
    esac
done
