package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.config.security.RequestAuthentication;
import dev.quartet.pilot.patch.PatchId;
import dev.quartet.policy.PolicyTable;
import dev.quartet.policy.authorization.AccessPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Typed questions to a snapshot. Whoever asks through a [Tracked] view leaves a record of what was asked.
public abstract class Facts {
    /// The fact's value; null when there is none.
    protected abstract @Nullable Object fact(FactKey key);

    public MeshSettings mesh() {
        return required(MeshSettings.class, new FactKey.Mesh());
    }

    public AccessLogSettings accessLogs() {
        return required(AccessLogSettings.class, new FactKey.AccessLogs());
    }

    /// Empty while tracing is off.
    public Optional<TracingSettings> tracing() {
        return Optional.ofNullable((TracingSettings) fact(new FactKey.Tracing()));
    }

    public ClusterDefaults clusterDefaults() {
        return required(ClusterDefaults.class, new FactKey.Defaults());
    }

    public ServiceIndex services() {
        return required(ServiceIndex.class, new FactKey.Services());
    }

    public Optional<Service> service(String host, String namespace) {
        return Optional.ofNullable((Service) fact(new FactKey.ServiceAt(host, namespace)));
    }

    /// The one that is meant by the host alone: the first.
    public Optional<Service> service(String host) {
        var entries = services().byHost().get(host);
        return entries == null ? Optional.empty() : service(host, entries.getFirst().namespace());
    }

    /// Those that a listener of the client side takes, by host.
    public List<Service> services(Scope.Egress listener) {
        var services = new ArrayList<Service>();
        listener.services()
                .forEach((host, namespace) -> service(host, namespace).ifPresent(services::add));
        return services;
    }

    @SuppressWarnings("unchecked")
    public List<Workload> workloads(Service service) {
        var found =
                (List<Workload>) fact(new FactKey.WorkloadsOf(service.host(), service.namespace()));
        return found == null ? List.of() : found;
    }

    /// The service accounts of its workloads, as they stand in SPIFFE ids behind the trust domain: `ns/shop/sa/reviews`.
    @SuppressWarnings("unchecked")
    public SortedSet<String> accounts(Service service) {
        var found =
                (SortedSet<String>)
                        fact(new FactKey.AccountsOf(service.host(), service.namespace()));
        return found == null ? Collections.emptySortedSet() : found;
    }

    /// Of the service that the host means.
    public List<Workload> workloads(String host) {
        return service(host).map(this::workloads).orElse(List.of());
    }

    /// Whether a rule is for whom the facts are for; for nobody in particular: those for all callers.
    protected boolean isSelectedBy(Resource<DestinationRule> rule) {
        return rule.spec().workloadSelector() == null;
    }

    /// All rules for the host, those for wildcards too: the narrowest first, then by namespace and name. Without those that select other
    /// callers.
    public List<Resource<DestinationRule>> rules(String host) {
        var all = allRules(host);
        return all.stream().allMatch(this::isSelectedBy)
                ? all
                : all.stream().filter(this::isSelectedBy).toList();
    }

    private List<Resource<DestinationRule>> allRules(String host) {
        var exact = rulesNaming(host);
        var found = new ArrayList<Resource<DestinationRule>>();
        for (var wildcard : ruleWildcards()) {
            if (!wildcard.equals(host) && Hosts.covers(wildcard, host)) {
                found.addAll(rulesNaming(wildcard));
            }
        }
        if (found.isEmpty()) {
            return exact;
        }
        found.addAll(0, exact);
        return found;
    }

    @SuppressWarnings("unchecked")
    private List<Resource<DestinationRule>> rulesNaming(String host) {
        var found = (List<Resource<DestinationRule>>) fact(new FactKey.RulesOf(host));
        return found == null ? List.of() : found;
    }

    /// The rules of a namespace that have a `workloadSelector`.
    @SuppressWarnings("unchecked")
    public List<Resource<DestinationRule>> selectingRules(String namespace) {
        var found = (List<Resource<DestinationRule>>) fact(new FactKey.SelectingRules(namespace));
        return found == null ? List.of() : found;
    }

    /// The longest first.
    @SuppressWarnings("unchecked")
    private List<String> ruleWildcards() {
        return (List<String>) required(List.class, new FactKey.RuleWildcards());
    }

    public RouteIndex routes() {
        return required(RouteIndex.class, new FactKey.Routes());
    }

    @SuppressWarnings("unchecked")
    public Optional<Resource<VirtualService>> routes(ResourceKey key) {
        return Optional.ofNullable((Resource<VirtualService>) fact(new FactKey.RoutesAt(key)));
    }

    /// The VirtualService without hosts that others hand over to.
    public Optional<DelegateRoutes> delegate(ResourceKey key) {
        return Optional.ofNullable((DelegateRoutes) fact(new FactKey.DelegateAt(key)));
    }

    /// Ordered by name.
    @SuppressWarnings("unchecked")
    public List<Resource<Sidecar>> sidecars(String namespace) {
        var found = (List<Resource<Sidecar>>) fact(new FactKey.Sidecars(namespace));
        return found == null ? List.of() : found;
    }

    @SuppressWarnings("unchecked")
    public List<Resource<Gateway>> gateways() {
        return (List<Resource<Gateway>>) required(List.class, new FactKey.Gateways());
    }

    /// Patches that proxies refuse.
    @SuppressWarnings("unchecked")
    public SortedSet<PatchId> patchesLeftOut() {
        return (SortedSet<PatchId>) required(SortedSet.class, new FactKey.PatchesLeftOut());
    }

    /// In the order in which they come into play.
    @SuppressWarnings("unchecked")
    public List<Resource<EnvoyFilter>> envoyFilters(String namespace) {
        var found = (List<Resource<EnvoyFilter>>) fact(new FactKey.EnvoyFilters(namespace));
        return found == null ? List.of() : found;
    }

    @SuppressWarnings("unchecked")
    public List<Resource<VirtualService>> routesOf(ResourceKey gateway) {
        var found = (List<Resource<VirtualService>>) fact(new FactKey.RoutesOfGateway(gateway));
        return found == null ? List.of() : found;
    }

    public Placement placement() {
        return required(Placement.class, new FactKey.Placed());
    }

    /// Hosts of services, seen or not, with the resolution DYNAMIC_DNS.
    @SuppressWarnings("unchecked")
    public SortedSet<String> dynamicHosts() {
        return (SortedSet<String>) required(SortedSet.class, new FactKey.DynamicHosts());
    }

    public PolicyTable policies() {
        return required(PolicyTable.class, new FactKey.Policies());
    }

    public Optional<Workload> workload(String instance) {
        return Optional.ofNullable((Workload) fact(new FactKey.WorkloadAt(instance)));
    }

    /// The registry by whose addresses a workload knows services; empty: as everybody.
    public String home(String instance) {
        var home = (String) fact(new FactKey.HomeOf(instance));
        return home == null ? "" : home;
    }

    @SuppressWarnings("unchecked")
    public List<Service> servicesOf(String instance) {
        var found = (List<Service>) fact(new FactKey.ServicesOfWorkload(instance));
        return found == null ? List.of() : found;
    }

    @SuppressWarnings("unchecked")
    public SortedSet<String> routingLabels() {
        return (SortedSet<String>) required(SortedSet.class, new FactKey.RoutingLabels());
    }

    /// What a port of a workload takes; PERMISSIVE where nobody says it.
    ///
    /// @param port of the workload
    public PeerMode peerMode(Workload workload, int port) {
        return peerDecision(workload, port).map(PeerDecision::mode).orElse(PeerMode.PERMISSIVE);
    }

    /// What ports take that no policy names.
    public PeerMode peerMode(Workload workload) {
        return peerMode(workload, PeerDecision.NO_PORT);
    }

    /// Who says what a port of a workload takes; empty: nobody.
    public Optional<PeerDecision> peerDecision(Workload workload, int port) {
        return PeerDecision.of(this, workload, port);
    }

    /// Ports of a workload that take something else than those that no policy names.
    public SortedMap<Integer, PeerMode> peerModesOfPorts(Workload workload) {
        var usual = peerMode(workload);
        var modes = new TreeMap<Integer, PeerMode>();
        for (var port : PeerDecision.ports(this, workload)) {
            var mode = peerMode(workload, port);
            if (mode != usual) {
                modes.put(port, mode);
            }
        }
        return modes;
    }

    /// The AuthorizationPolicies that select a workload: those of the root namespace, then those of its own.
    public List<AccessPolicy> accessPolicies(Workload workload) {
        return Stream.of(mesh().rootNamespace(), workload.namespace())
                .distinct()
                .flatMap(namespace -> accessPolicies(namespace).stream())
                .filter(policy -> policy.selects(workload))
                .map(AccessFacts.Selecting::policy)
                .toList();
    }

    /// Whether a workload of the namespace may be selected by an AuthorizationPolicy.
    public boolean hasAccessPolicies(String namespace) {
        return !accessPolicies(namespace).isEmpty()
                || !accessPolicies(mesh().rootNamespace()).isEmpty();
    }

    @SuppressWarnings("unchecked")
    private List<AccessFacts.Selecting> accessPolicies(String namespace) {
        var found = (List<AccessFacts.Selecting>) fact(new FactKey.AccessPolicies(namespace));
        return found == null ? List.of() : found;
    }

    /// Whether callers of the mesh send mTLS to a workload where no DestinationRule says anything.
    ///
    /// @param port of the workload
    public boolean isSentMutualTls(Workload workload, int port) {
        return workload.hasSidecar() && peerMode(workload, port) != PeerMode.DISABLE;
    }

    /// Ordered by name.
    @SuppressWarnings("unchecked")
    List<Resource<PeerAuthentication>> peerAuthentications(String namespace) {
        var found =
                (List<Resource<PeerAuthentication>>)
                        fact(new FactKey.PeerAuthentications(namespace));
        return found == null ? List.of() : found;
    }

    /// Which tokens a port of a workload believes, and which a request to it needs.
    ///
    /// @param port of the workload
    public TokenRules tokenRules(Workload workload, int port) {
        return TokenRules.of(this, workload, port);
    }

    /// Where a host is that has an issuer's keys; empty: it has not been looked for yet.
    public Optional<IssuerServer> issuerAt(String host) {
        return Optional.ofNullable((IssuerServer) fact(new FactKey.IssuerAt(host)));
    }

    /// Ordered by name.
    @SuppressWarnings("unchecked")
    List<Resource<RequestAuthentication>> requestAuthentications(String namespace) {
        var found =
                (List<Resource<RequestAuthentication>>)
                        fact(new FactKey.RequestAuthentications(namespace));
        return found == null ? List.of() : found;
    }

    /// Ordered by name.
    @SuppressWarnings("unchecked")
    List<Resource<Policy>> authenticationPolicies(String namespace) {
        var found = (List<Resource<Policy>>) fact(new FactKey.AuthenticationPolicies(namespace));
        return found == null ? List.of() : found;
    }

    @SuppressWarnings("unchecked")
    Optional<Resource<MeshPolicy>> meshPolicy() {
        return Optional.ofNullable((Resource<MeshPolicy>) fact(new FactKey.MeshAuthentication()));
    }

    private <T> T required(Class<T> type, FactKey key) {
        var found = fact(key);
        if (found == null) {
            throw new IllegalStateException("a snapshot without " + key);
        }
        return type.cast(found);
    }
}
