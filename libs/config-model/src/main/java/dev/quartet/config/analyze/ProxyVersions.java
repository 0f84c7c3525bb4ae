package dev.quartet.config.analyze;

import dev.quartet.config.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Pods that run an older Envoy than the newest of the mesh: they were made before the last upgrade. Who names an image by an
/// annotation has decided.
final class ProxyVersions implements Analyzer {
    private static final String IMAGE = "sidecar.istio.io/proxyImage";
    private static final Pattern TAG = Pattern.compile(":v?([0-9]{1,6}(\\.[0-9]{1,6}){1,3})");

    private record Version(int[] parts) implements Comparable<Version> {
        @Override
        public int compareTo(Version other) {
            return Arrays.compare(parts, other.parts);
        }

        @Override
        public String toString() {
            return String.join(".", Arrays.stream(parts).mapToObj(Integer::toString).toList());
        }
    }

    private record Proxy(KubeWorkload pod, KubeWorkload.Container container, Version version) {}

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.PROXY_VERSION_DIFFERS);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.WORKLOADS);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var proxies = proxies(scene);
        var newest = proxies.stream().map(Proxy::version).max(Version::compareTo);
        for (var proxy : proxies) {
            if (newest.isPresent() && proxy.version().compareTo(newest.get()) < 0) {
                problems.add(
                        Reason.PROXY_VERSION_DIFFERS,
                        proxy.pod().object(),
                        proxy.container().path().field("image"),
                        "the pod runs Envoy "
                                + proxy.version()
                                + ", and others of the mesh "
                                + newest.get(),
                        "delete the pod, so that its owner makes it again, with the newer one");
            }
        }
    }

    private static List<Proxy> proxies(Scene scene) {
        var proxies = new ArrayList<Proxy>();
        for (var pod : scene.surroundings().workloads()) {
            if (!pod.running() || pod.annotations().containsKey(IMAGE)) {
                continue;
            }
            for (var container : pod.containers()) {
                if (container.isProxy()) {
                    version(container.image())
                            .ifPresent(version -> proxies.add(new Proxy(pod, container, version)));
                }
            }
        }
        return proxies;
    }

    private static Optional<Version> version(String image) {
        var tag = TAG.matcher(image);
        return tag.find()
                ? Optional.of(
                        new Version(
                                Arrays.stream(tag.group(1).split("\\.", -1))
                                        .mapToInt(Integer::parseInt)
                                        .toArray()))
                : Optional.empty();
    }
}
