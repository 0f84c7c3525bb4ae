#!/bin/bash
# Records the AOT cache of what lies in this folder: starts it once with the flags and paths that it will run with (with others the
# JVM ignores the cache), stops it, and makes sure that the JVM takes the cache.
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
service=$1
log=/tmp/record.log
run=(/opt/java/bin/java "@$folder/java.args")
options=(--quartet.state-dir=/tmp/record --quartet.bind-address=127.0.0.1)
case $service in
    bookshop) options=(storefront) ;;
    mesh) options=(--help) ;;
esac

"${run[@]}" -XX:AOTCacheOutput="$folder/app.aot" -jar "$folder/app.jar" "${options[@]}" >"$log" 2>&1 &
pid=$!
if [ "$service" != mesh ]; then
    for _ in {1..600}; do
        ! grep -Eq 'Started|listening on' "$log" || break
        kill -0 $pid 2>/dev/null || break
        read -r -t 0.2 <> <(:) || true
    done
    kill -TERM $pid 2>/dev/null || true
fi
wait $pid || true
if [ ! -f "$folder/app.aot" ] || ! "${run[@]}" -XX:AOTMode=on -XX:AOTCache="$folder/app.aot" -cp "$folder/app.jar" -version >>"$log" 2>&1; then
    echo "record: no usable AOT cache of $service; the end of what it said:" >&2
    tail -n 30 "$log" >&2
    exit 1
fi
chmod 644 "$folder/app.aot"
rm -rf /tmp/record /tmp/hsperfdata_* "$log"
