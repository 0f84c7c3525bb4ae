#!/usr/bin/env bash
# What the tests in containers need, with a line for each step: setup.sh [SERVICE ...]
# Without DOCKER_HOST: an engine of our own in .mesh/containers (root, Debian's docker.io and debootstrap) and stand-ins for the base images,
# since a test machine may reach no registry. With DOCKER_HOST: that engine and the real images. The jars must be built (./mvnw -Pimages …).
# Wants JAVA_HOME and ENVOY_BIN, as stand-ins.sh does. tests/containers/engine.sh stop .mesh/containers ends what it has started.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
if [ -z "${DOCKER_HOST:-}" ]; then
    [ "$(id -u)" = 0 ] || {
        echo "setup: an engine of its own needs root; or set DOCKER_HOST to one that runs" >&2
        exit 1
    }
    "$here/engine.sh" start "$root/.mesh/containers"
    DOCKER_HOST=unix://$(cd "$root/.mesh/containers" && pwd)/docker.sock
    export DOCKER_HOST
    echo "engine          $(docker version --format '{{.Server.Version}}'), $DOCKER_HOST"
    "$here/stand-ins.sh" "$root/.mesh/containers"
fi
"$root/docker/check.sh" engine # not the ports: the tests take free ones
"$here/images.sh" "$@"
