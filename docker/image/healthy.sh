#!/bin/bash
# Whether the service is ready, asked without curl; prints what it waits for. HEALTH_PORT says where a service listens that was moved.
set -u
IFS=/ read -r port path </opt/quartet/health
[ "$port" != - ] || exit 0
port=${HEALTH_PORT:-$port}
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET /%s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$path" "$port" >&3
read -r -t 2 _ status _ <&3
sed '1,/^\r*$/d' <&3
[ "$status" = 200 ]
