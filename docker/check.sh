#!/usr/bin/env bash
# Whether `docker compose up` can work on this machine: a Docker that answers, a compose that is new enough, ports that are free.
# Says what is missing in one line and ends with 1; with 0 it has nothing to say. `check.sh engine` leaves out the ports.
set -uo pipefail

fail() {
    echo "check: $1" >&2
    exit 1
}

# at_least VERSION MINIMUM, by their first two numbers.
at_least() {
    local major minor
    IFS=. read -r major minor _ <<<"${1#v}"
    [ "${major:-0}" -gt "${2%.*}" ] || { [ "${major:-0}" -eq "${2%.*}" ] && [ "${minor%%[!0-9]*}" -ge "${2#*.}" ]; }
}

command -v docker >/dev/null || fail "there is no docker on PATH; install it (Debian, Ubuntu: apt-get install docker.io docker-compose)"
if ! engine=$(docker version --format '{{.Server.Version}}' 2>&1); then
    case $engine in
        *'permission denied'*) fail "no permission on Docker's socket (${DOCKER_HOST:-/var/run/docker.sock}); join its group (sudo usermod -aG docker $(id -un), then log in again) or use sudo" ;;
        *) fail "Docker does not answer at ${DOCKER_HOST:-/var/run/docker.sock}; start it (sudo systemctl start docker), or set DOCKER_HOST" ;;
    esac
fi
at_least "$engine" 20.10 || fail "Docker $engine is too old; 20.10 or newer is needed"
if ! docker compose version >/dev/null 2>&1; then
    compose=$(docker-compose version --short 2>/dev/null) || fail "there is no compose; install the plugin docker-compose-v2, or docker-compose 1.29"
    at_least "$compose" 1.29 || fail "docker-compose $compose is too old; 1.29 or compose v2 is needed"
fi
[ "${1:-}" != engine ] || exit 0

for variable in GATEWAY_PORT=8000 GRAFANA_PORT=3000 PROMETHEUS_PORT=9090 PILOT_PORT=8080 GALLEY_PORT=8081 CITADEL_PORT=8082 MIXER_PORT=8083; do
    name=${variable%=*}
    port=${!name:-${variable#*=}}
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && [ -z "$(docker ps -q --filter "publish=$port" --filter label=com.docker.compose.service)" ]; then
        fail "port $port of 127.0.0.1 is taken; stop who holds it (ss -ltnp 'sport = :$port'), or set $name to another"
    fi
done
