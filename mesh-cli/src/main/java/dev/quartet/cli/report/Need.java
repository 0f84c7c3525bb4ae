package dev.quartet.cli.report;

import java.util.Set;

/// What tests stand on beside the JDK, Maven and Envoy.
public enum Need {
    /// One beside the mesh.
    PROMETHEUS("prometheus"),
    /// Packets between network namespaces. Only root can send them, so elsewhere those tests skip themselves.
    NAMESPACES("iptables"),
    /// A kube-apiserver alone.
    API_SERVER("etcd"),
    /// The images, and a Docker engine of our own.
    CONTAINERS(
            "dockerd", "docker", "docker-compose", "debootstrap", "ip", "iptables", "prometheus"),
    /// A whole Kubernetes.
    CLUSTER(
            "containerd",
            "runc",
            "/usr/lib/cni/bridge",
            "etcd",
            "ip",
            "iptables",
            "openssl",
            "curl");

    private final Set<String> programs;

    Need(String... programs) {
        this.programs = Set.of(programs);
    }

    /// Of Debian's packages: names as on `PATH`, or paths.
    Set<String> programs() {
        return programs;
    }
}
