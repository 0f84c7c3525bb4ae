#!/usr/bin/env bash
# Builds Quartet's images by the Dockerfile, from jars that are built already: images.sh [SERVICE ...]    (all when left out)
# Prints the compressed size of each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=$(sed -n 's:.*<version>\(.*\)</version>.*:\1:p' pom.xml | sed -n 2p)
[ $# -gt 0 ] || set -- mesh-init $(sed '/^#/d; s/ .*//' docker/image/services)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for service in "$@"; do
    # Only what PREBUILT=1 reads: Docker copies the context for each build.
    context=$work/$service
    mkdir -p "$context"
    cp -r --parents Dockerfile pom.xml docker/image mesh-init/mesh-init.sh "$context"
    what=(--target mesh-init)
    if [ "$service" != mesh-init ]; then
        what=(--build-arg SERVICE="$service")
        module=$(sed -n "s/^$service  *\([^ ]*\).*/\1/p" docker/image/services)
        find "$module/target" -maxdepth 1 \( -name '*.jar' -o -name bom.json -o -name lib \) -exec cp -r --parents {} "$context" \;
    fi
    image=quartet/$service:$version
    started=$SECONDS
    if ! DOCKER_BUILDKIT=0 docker build -t "$image" --build-arg PREBUILT=1 --build-arg VERSION="$version" "${what[@]}" "$context" >"$work/log" 2>&1; then
        echo "images: $image cannot be built (its base images must be there, or a registry within reach); the end of what Docker said:" >&2
        tail -n 30 "$work/log" >&2
        exit 1
    fi
    printf '%-28s %4d s  %4d MB compressed\n' "$image" $((SECONDS - started)) $(($(docker save "$image" | gzip -1 | wc -c) / 1000000))
done
