#!/bin/sh
# Lays out one service for its image: pack.sh SERVICE OUT, in the source tree, after the build.
#   OUT/dependencies   libraries of others: large, the same from build to build
#   OUT/application    the service, our libraries, and how it is started
#   OUT/sbom           what is in it (CycloneDX)
#   OUT/modules        the JDK's modules that all this needs
set -eu
service=$1
out=$2
version=$(sed -n 's:.*<version>\(.*\)</version>.*:\1:p' pom.xml | sed -n 2p)

line=$(grep "^$service " docker/image/services) || {
    echo "pack: there is no service \"$service\"; SERVICE is one of: $(sed '/^#/d; s/ .*//' docker/image/services | tr '\n' ' ')" >&2
    exit 2
}
# shellcheck disable=SC2086 # the columns
set -- $line
module=$2 heap=$3 health=$4
name=${module##*/}
jar=$module/target/$name-$version-exec.jar
case $service in
    bookshop) jar=$module/target/$name-$version.jar ;;
    mesh) jar=$module/target/mesh-cli.jar ;;
esac
[ -f "$jar" ] || {
    echo "pack: there is no $jar; with PREBUILT=1 it must be built before: ./mvnw -Pimages -Dfast -DskipTests package" >&2
    exit 1
}

mkdir -p "$out/dependencies/lib" "$out/application/lib" "$out/sbom"
case $jar in
    *-exec.jar)
        java -XX:TieredStopAtLevel=1 -Djarmode=tools -jar "$jar" extract --force --destination /tmp/extracted >/dev/null
        mv /tmp/extracted/lib/* "$out/dependencies/lib/"
        mv "/tmp/extracted/${jar##*/}" "$out/application/app.jar"
        ;;
    */mesh-cli.jar)
        cp "$module"/target/lib/* "$out/dependencies/lib/"
        cp "$jar" "$out/application/app.jar"
        ;;
    *) cp "$jar" "$out/application/app.jar" ;;
esac
# Ours change with every build.
for library in "$out"/dependencies/lib/*-"$version".jar; do
    [ ! -f "$library" ] || mv "$library" "$out/application/lib/"
done

# Native libraries as files: /tmp, where they would unpack themselves, does not execute in a hardened container.
mkdir -p "$out/dependencies/native"
unpack() { # LIBRARY ENTRY
    [ -f "$1" ] || return 0
    (cd /tmp && jar --extract --file "$1" "$2")
    mv "/tmp/$2" "$out/dependencies/native/"
}
case $(uname -m) in
    aarch64) netty=aarch_64 snappy=aarch64 ;;
    *) netty=x86_64 snappy=x86_64 ;;
esac
unpack "$(echo "$out"/dependencies/lib/grpc-netty-shaded-*.jar)" META-INF/native/libio_grpc_netty_shaded_netty_tcnative_linux_$netty.so
unpack "$(echo "$out"/dependencies/lib/snappy-java-*.jar)" org/xerial/snappy/native/Linux/$snappy/libsnappyjava.so

{
    cat docker/image/java.args
    echo "-Djava.library.path=/opt/quartet/native"
    echo "-Dorg.xerial.snappy.lib.path=/opt/quartet/native"
    echo "-Xms8m"
    echo "-Xmx${heap}m"
} >"$out/application/java.args"
echo "$health" >"$out/application/health"
[ ! -f "$module/target/bom.json" ] || cp "$module/target/bom.json" "$out/sbom/$service.cdx.json"

# Of optional libraries that are not there jdeps knows nothing; what only reflection reaches is in modules that these need anyway.
jdeps --multi-release 25 --ignore-missing-deps --print-module-deps -cp "$out/dependencies/lib/*:$out/application/lib/*" \
    "$out/application/app.jar" $(find "$out" -name '*.jar' -path '*/lib/*') 2>/dev/null | tail -n 1 >"$out/modules"
