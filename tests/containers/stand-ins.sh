#!/usr/bin/env bash
# Makes the images that the Dockerfile and docker-compose.yml start from, where no registry can be reached: stand-ins.sh FOLDER
# Each is Debian by debootstrap with the program put in, under the name that the real one has. FOLDER keeps Debian's files, so that
# a second engine needs no network. Wants DOCKER_HOST, JAVA_HOME (a JDK 25), ENVOY_BIN (a stock Envoy), and `prometheus` on PATH.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
suite=bookworm
debian=$folder/debian-$suite.tar

has() { docker image inspect "$1" >/dev/null 2>&1; }

# on BASE NAME FOLDER [INSTRUCTION ...]: BASE with the files of FOLDER laid over it.
on() {
    local base=$1 name=$2 context=$3
    shift 3
    {
        echo "FROM $base"
        echo "COPY . /"
        printf '%s\n' "$@"
    } | DOCKER_BUILDKIT=0 docker build -q -t "$name" -f - "$context" >/dev/null 2>"$work/log" || {
        cat "$work/log" >&2
        exit 1
    }
    echo "stand-in        $name"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -f "$debian" ]; then
    # iptables for mesh-init, busybox for the wget that the images of Prometheus and Grafana have
    debootstrap --variant=minbase --include=iptables,busybox,ca-certificates "$suite" "$work/debian" >"$folder/debootstrap.log" 2>&1 || {
        echo "stand-ins: debootstrap failed (it needs a Debian mirror within reach); the end of $folder/debootstrap.log:" >&2
        tail -n 15 "$folder/debootstrap.log" >&2
        exit 1
    }
    rm -rf "$work/debian"/var/cache/apt/* "$work/debian"/var/lib/apt/lists/* "$work/debian"/usr/share/{doc,man,locale}/*
    tar -C "$work/debian" -cf "$debian.new" .
    mv "$debian.new" "$debian"
fi
if ! has debian:bookworm-slim; then
    docker import --change 'CMD ["bash"]' "$debian" debian:bookworm-slim >/dev/null
    echo "stand-in        debian:bookworm-slim"
fi
if ! has eclipse-temurin:25-jdk; then
    mkdir -p "$work/jdk/opt/java"
    cp -rL "$JAVA_HOME" "$work/jdk/opt/java/openjdk"
    on debian:bookworm-slim eclipse-temurin:25-jdk "$work/jdk" 'ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    rm -rf "$work/jdk"
fi
if ! has envoyproxy/envoy:v1.40.0; then
    mkdir -p "$work/envoy/usr/local/bin"
    cp "$ENVOY_BIN" "$work/envoy/usr/local/bin/envoy"
    on debian:bookworm-slim envoyproxy/envoy:v1.40.0 "$work/envoy" 'ENTRYPOINT ["envoy"]'
    rm -rf "$work/envoy"
fi
if ! has prom/prometheus:v3.5.0; then
    mkdir -p "$work/prometheus"/{usr/bin,prometheus,etc/prometheus} # /bin is a link to /usr/bin
    cp "$(command -v prometheus)" "$work/prometheus/usr/bin/prometheus"
    ln -s busybox "$work/prometheus/usr/bin/wget"
    on debian:bookworm-slim prom/prometheus:v3.5.0 "$work/prometheus" 'RUN chown -R 65534:65534 /prometheus' 'USER 65534' 'WORKDIR /prometheus' 'VOLUME /prometheus' 'ENTRYPOINT ["/bin/prometheus"]'
    rm -rf "$work/prometheus"
fi
if ! has grafana/grafana:12.2.0; then
    # No Grafana can be had here: this answers its health check and nothing else.
    mkdir -p "$work/grafana/srv/api" "$work/grafana/usr/bin"
    echo '{"database":"ok","version":"stand-in"}' >"$work/grafana/srv/api/health"
    ln -s busybox "$work/grafana/usr/bin/wget"
    on debian:bookworm-slim grafana/grafana:12.2.0 "$work/grafana" 'RUN mkdir -p /var/lib/grafana && chown 472:0 /var/lib/grafana' 'USER 472' 'ENTRYPOINT ["busybox", "httpd", "-f", "-p", "3000", "-h", "/srv"]'
    rm -rf "$work/grafana"
fi
