#!/usr/bin/env bash
# Builds Kubernetes' own programs from Go modules (build/go.mod, go.sum) into a folder: build.sh OUT [PROGRAM ...]
# PROGRAM: kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy, kubectl, coredns; all when left out.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/build"
[ $# -gt 0 ] || set -- kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
# kubectl reads the server's version, and the kubelet registers with it
base=k8s.io/component-base/version
flags="-s -w -X $base.gitVersion=$version -X $base.gitMajor=1 -X $base.gitMinor=$(echo "$version" | cut -d. -f2)"
for program in "$@"; do
    case $program in
        coredns) package=./coredns ;;
        *) package=k8s.io/kubernetes/cmd/$program ;;
    esac
    CGO_ENABLED=0 go build -o "$out/$program" -ldflags "$flags" "$package"
done
