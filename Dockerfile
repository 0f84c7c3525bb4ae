# All images of Quartet; for Docker 20.10's builder on.
#   docker build -t quartet/pilot:0.1.0 --build-arg SERVICE=pilot .      SERVICE: citadel galley pilot mixer injector bookshop mesh
#   docker build -t quartet/mesh-init:0.1.0 --target mesh-init .
# PREBUILT=1 packs jars that are built already (./mvnw -Pimages -Dfast -DskipTests package).
ARG JDK_IMAGE=eclipse-temurin:25-jdk
ARG BASE_IMAGE=debian:bookworm-slim

# ---- mesh-init (first: the old builder makes every stage above its target)
FROM ${BASE_IMAGE} AS mesh-init
RUN command -v iptables >/dev/null || { apt-get update && apt-get install -y --no-install-recommends iptables && rm -rf /var/lib/apt/lists/*; }
COPY mesh-init/mesh-init.sh /usr/local/bin/mesh-init
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Quartet mesh-init" \
    org.opencontainers.image.description="Sends a workload's traffic through its proxy, by iptables" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["mesh-init"]

# ---- all modules, once for all services
FROM ${JDK_IMAGE} AS build
ARG PREBUILT=0
WORKDIR /src
COPY . .
RUN [ "$PREBUILT" = 1 ] || ./mvnw -B -ntp -Pimages -Dfast -DskipTests package

# ---- one of them
FROM build AS pack
ARG SERVICE
RUN docker/image/pack.sh "$SERVICE" /out

# ---- the JDK's modules that it needs; services that need the same share this layer
FROM ${JDK_IMAGE} AS runtime
COPY --from=pack /out/modules /modules
RUN jlink --add-modules "$(cat /modules)" --strip-java-debug-attributes --no-header-files --no-man-pages --output /runtime

# ---- the image
FROM ${BASE_IMAGE}
COPY --from=runtime /runtime /opt/java
COPY --from=pack /out/dependencies /opt/quartet
COPY --from=pack /out/application /opt/quartet
COPY --from=pack /out/sbom /usr/share/sbom
COPY docker/image/start.sh docker/image/healthy.sh docker/image/record.sh /opt/quartet/
ARG SERVICE
RUN /opt/quartet/record.sh "$SERVICE" \
    && mkdir -m 700 /var/lib/quartet /var/lib/quartet-admin \
    && chown 10001:10001 /var/lib/quartet /var/lib/quartet-admin
ENV QUARTET_STATE_DIR=/var/lib/quartet QUARTET_BIND_ADDRESS=0.0.0.0
USER 10001:10001
WORKDIR /var/lib/quartet
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s CMD ["/opt/quartet/healthy.sh"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Quartet ${SERVICE}" \
    org.opencontainers.image.description="The classic split service-mesh control plane on the JVM" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/opt/quartet/start.sh"]
