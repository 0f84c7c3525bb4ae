#!/usr/bin/env bash
# Builds the programs of a Kubernetes for tests from Go modules into a folder: build.sh OUT [PROGRAM ...]
# PROGRAM: kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy, kubectl, coredns (build/go.mod), prometheus (prometheus/go.mod;
# Debian's knows no Kubernetes); all when left out.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -gt 0 ] || set -- kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns prometheus

# build FOLDER PROGRAM PACKAGE LINKER-FLAGS
build() {
    (cd "$1" && CGO_ENABLED=0 go build -o "$out/$2" -ldflags "-s -w $4" "$3")
}

for program in "$@"; do
    case $program in
        coredns) build "$here/build" coredns ./coredns "" ;;
        prometheus)
            # v0.305.0 of the module is 3.5.0. Of its ways to find targets only Kubernetes' is built: the clouds' take minutes.
            name=github.com/prometheus/prometheus
            cd "$here/prometheus"
            go mod download $name
            work=$(mktemp -d)
            trap 'rm -rf "$work"' EXIT
            cp -r "$(go list -m -f '{{.Dir}}' $name)" "$work/source"
            chmod -R u+w "$work/source"
            printf 'package plugins\n\nimport _ "%s/discovery/kubernetes"\n' $name >"$work/source/plugins/plugins.go"
            build "$work/source" prometheus ./cmd/prometheus "-X github.com/prometheus/common/version.Version=$(cat "$work/source/VERSION")"
            ;;
        *)
            # kubectl reads the server's version, and the kubelet registers with it
            kubernetes=$(cd "$here/build" && go list -m -f '{{.Version}}' k8s.io/kubernetes)
            base=k8s.io/component-base/version
            build "$here/build" "$program" "k8s.io/kubernetes/cmd/$program" \
                "-X $base.gitVersion=$kubernetes -X $base.gitMajor=1 -X $base.gitMinor=$(echo "$kubernetes" | cut -d. -f2)"
            ;;
    esac
done
