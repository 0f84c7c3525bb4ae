package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.Reason;
import java.util.Set;

/// Applications that run as the proxy's own user. Only the proxy's traffic is not sent through the proxy, and it is known by
/// its user.
final class ProxyUsers implements Analyzer {
    private static final long PROXY_USER = 1337;

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.RESERVED_USER);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.WORKLOADS);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var pod : scene.surroundings().workloads()) {
            for (var container : pod.containers()) {
                var user = container.user();
                if (user != null
                        && user == PROXY_USER
                        && !container.isProxy()
                        && !container.isInit()) {
                    problems.add(
                            Reason.RESERVED_USER,
                            pod.object(),
                            container.path(),
                            "the container "
                                    + quoted(container.name())
                                    + " runs as user "
                                    + PROXY_USER
                                    + ", which is the proxy's, so its traffic goes past the proxy",
                            "give it another runAsUser");
                }
            }
        }
    }
}
