package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.VirtualService;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The mesh as one [View] sees it: of several services or routes of a host, its own, and of the rules for
/// some callers those that select it.
public final class Seen extends Facts {
    /// What of a [Scope] is asked for.
    public interface Lookup {
        /// The namespace of the service that a host means.
        Optional<String> namespaceOf(String host);

        Optional<ResourceKey> routesOf(String host);
    }

    private final Facts all;
    private final View view;
    private final Lookup scope;

    public Seen(Facts all, View view, Lookup scope) {
        this.all = all;
        this.view = view;
        this.scope = scope;
    }

    @Override
    protected @Nullable Object fact(FactKey key) {
        return all.fact(key);
    }

    @Override
    protected boolean isSelectedBy(Resource<DestinationRule> rule) {
        return view.isSelectedBy(rule);
    }

    @Override
    public Optional<Service> service(String host, String namespace) {
        return super.service(host, namespace).map(service -> service.in(view.home()));
    }

    @Override
    public Optional<Service> service(String host) {
        return scope.namespaceOf(host).flatMap(namespace -> service(host, namespace));
    }

    /// Whether the host has addresses of its own where the proxy is.
    public boolean hasHome(String host) {
        return !view.home().isEmpty()
                && scope.namespaceOf(host)
                        .flatMap(namespace -> super.service(host, namespace))
                        .filter(service -> service.elsewhere().containsKey(view.home()))
                        .isPresent();
    }

    /// The VirtualService that routes a host.
    public Optional<Resource<VirtualService>> routes(String host) {
        return scope.routesOf(host).flatMap(this::routes);
    }

    /// The VirtualService that routes a host, if it has TCP or TLS routes. Does not look into one that is for HTTP only.
    public Optional<Resource<VirtualService>> connectionRoutes(String host) {
        return scope.routesOf(host)
                .filter(key -> routes().connections().contains(key))
                .flatMap(this::routes);
    }
}
