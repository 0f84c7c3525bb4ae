#!/bin/sh
# JAVA_OPTS adds flags for the JVM; the last of two wins.
# shellcheck disable=SC2086 # they are words
exec /opt/java/bin/java @/opt/quartet/java.args -XX:AOTCache=/opt/quartet/app.aot ${JAVA_OPTS:-} -jar /opt/quartet/app.jar "$@"
