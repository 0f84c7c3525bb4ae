#!/usr/bin/env bash
# A Docker engine of our own, beside any other: engine.sh start|stop FOLDER
# It keeps everything in FOLDER, listens on FOLDER/docker.sock only, and leaves the machine's iptables and forwarding alone
# (published ports go through docker-proxy). stop takes away containers, volumes and networks with it, not images. Needs root and Debian's docker.io.
set -euo pipefail
command=${1:-}
folder=$(mkdir -p "$2" && cd "$2" && pwd)
socket=$folder/docker.sock
export DOCKER_HOST=unix://$socket

# A bridge and addresses of its own too: docker0, or those of another folder, may belong to another engine.
number=$(printf %s "$folder" | cksum | cut -d ' ' -f 1)
bridge=quartet$((number % 100000000))
address=10.199.$((number % 256)).1/24

running() { [ -f "$folder/docker.pid" ] && kill -0 "$(cat "$folder/docker.pid")" 2>/dev/null; }

# Takes away what an interrupted test has left: its containers would start again with the engine.
sweep() {
    local tries=0
    # once more when somebody else is removing them too
    while [ -n "$(docker ps -aq)" ] && [ "$tries" -lt 10 ]; do
        tries=$((tries + 1))
        docker ps -aq | xargs -r docker rm -f -v || true
    done
    docker volume ls -q | xargs -r docker volume rm || true
    docker network prune -f
} >/dev/null 2>&1

start() {
    if running && docker version >/dev/null 2>&1; then
        return
    fi
    if ! command -v dockerd >/dev/null; then
        echo "engine: there is no dockerd; install it: apt-get install docker.io" >&2
        exit 1
    fi
    ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge
    ip address show dev "$bridge" | grep -q 'inet ' || ip address add "$address" dev "$bridge"
    ip link set "$bridge" up
    cat >"$folder/daemon.json" <<JSON
{
  "bridge": "$bridge",
  "default-address-pools": [{"base": "10.200.0.0/16", "size": 24}],
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "log-opts": {"max-size": "10m", "max-file": "2"}
}
JSON
    setsid dockerd --config-file "$folder/daemon.json" --data-root "$folder/data" --exec-root "$folder/run" --pidfile "$folder/docker.pid" \
        --host "$DOCKER_HOST" --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false >"$folder/dockerd.log" 2>&1 </dev/null &
    local tries=0
    until docker version >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ]; then
            echo "engine: dockerd does not answer after 30 s; the end of $folder/dockerd.log:" >&2
            tail -n 20 "$folder/dockerd.log" >&2
            exit 1
        fi
        read -r -t 0.1 <> <(:) || true
    done
    sweep
}

stop() {
    running || return 0
    sweep
    local pid
    pid=$(cat "$folder/docker.pid")
    kill "$pid"
    tail --pid="$pid" -f /dev/null
    ip link del "$bridge" 2>/dev/null || true
}

case $command in
    start) start ;;
    stop) stop ;;
    *)
        echo "usage: engine.sh start|stop FOLDER" >&2
        exit 2
        ;;
esac
