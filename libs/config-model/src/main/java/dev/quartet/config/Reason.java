package dev.quartet.config;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Why something in a resource is wrong: the one list behind condition reasons, metric labels, `docs/problems.md`
/// and the table of `docs/analysis.md`.
public enum Reason {
    MALFORMED_YAML(
            Severity.ERROR,
            "IST0106",
            "The text is not YAML or JSON, or breaks a limit: on size, depth, aliases, or"
                    + " a thousand problems."),
    UNKNOWN_KIND(
            Severity.ERROR,
            "IST0106",
            "The document's apiVersion and kind name nothing that Quartet knows."),
    MISSING_FIELD(Severity.ERROR, "IST0106", "A field that must be there is left out."),
    UNKNOWN_FIELD(
            Severity.ERROR,
            "IST0106",
            "The kind has no such field: usually a typing error or wrong indentation."),
    WRONG_TYPE(
            Severity.ERROR,
            "IST0106",
            "The field has another type, for example text where a number is wanted."),
    INVALID_VALUE(
            Severity.ERROR, "IST0106", "The value has the right type but is not allowed here."),
    CONFLICTING_FIELDS(Severity.ERROR, "IST0106", "Fields that exclude each other are both set."),
    DUPLICATE_RESOURCE(
            Severity.ERROR, "Two documents of one set have the same kind, namespace and name."),
    INVALID_NAME(
            Severity.ERROR,
            "IST0106",
            "The resource's name or namespace is not a DNS label or holds forbidden signs."),
    INVALID_EXPRESSION(
            Severity.ERROR, "IST0106", "An expression does not parse, or its types do not fit."),
    UNKNOWN_HANDLER(Severity.ERROR, "IST0101", "A rule names a handler that does not exist."),
    UNKNOWN_INSTANCE(Severity.ERROR, "IST0101", "A rule names an instance that does not exist."),
    UNKNOWN_TEMPLATE(
            Severity.ERROR, "IST0101", "An instance names a template that Quartet does not have."),
    UNKNOWN_ADAPTER(
            Severity.ERROR, "IST0101", "A handler names an adapter that Quartet does not have."),
    INSTANCE_HANDLER_MISMATCH(
            Severity.ERROR, "The handler's adapter does not take instances of this template."),
    HOST_NOT_FOUND(Severity.WARNING, "IST0101", "A route leads to a host that no service has."),
    SUBSET_NOT_FOUND(
            Severity.WARNING,
            "IST0101",
            "A route names a subset that no DestinationRule of the host defines."),
    GATEWAY_NOT_FOUND(
            Severity.WARNING,
            "IST0101",
            "A VirtualService is bound to a gateway that does not exist."),
    PORT_NOT_FOUND(
            Severity.WARNING, "IST0101", "A route names a port that the service does not have."),
    CONFLICTING_HOSTS(
            Severity.WARNING,
            "IST0109",
            "Two resources claim the same host; the first by namespace and name stays in force."),
    CONFLICTING_POLICIES(
            Severity.WARNING,
            "Two policies claim the same workloads; the first by name stays in force."),
    TAKEN_FROM_ANOTHER(
            Severity.ERROR,
            "A change claims what this resource has, and would put it out of force by an earlier name. The older one"
                    + " stays."),
    INGRESS_HIDDEN(
            Severity.WARNING,
            "A resource has the name of what an Ingress is translated to; the resource is in force, and the Ingress is"
                    + " not."),
    UNREACHABLE_ROUTE(
            Severity.WARNING,
            "IST0130",
            "Routes before this one take every request that it could."),
    NOT_SUPPORTED_YET(
            Severity.WARNING,
            "IST0133",
            "The kind or field is read, but this version does nothing with it."),
    DEPRECATED(
            Severity.WARNING,
            "IST0002",
            "The field, the value or the way to write a name is an old one; another one has taken its place."),
    NOT_CONVERTIBLE(
            Severity.ERROR,
            "An object of an old kind says what today's kinds cannot say, or not for certain. Nothing is written."),
    CONVERTED_DIFFERENTLY(
            Severity.WARNING,
            "What was made of an object of an old kind is not quite the same: it does less or denies more."),
    SECRET_NOT_FOUND(
            Severity.WARNING,
            "IST0101",
            "A Gateway names a certificate that no Secret of its workloads' namespace has."),
    NAMESPACE_NOT_FOUND(
            Severity.WARNING,
            "IST0101",
            "A policy or a Sidecar names a namespace that does not exist."),
    SPEC_NOT_FOUND(
            Severity.WARNING,
            "IST0101",
            "A binding names a QuotaSpec or an HTTPAPISpec that does not exist."),
    NAMESPACE_NOT_INJECTED(
            Severity.INFO,
            "IST0102",
            "The namespace does not say whether its pods get a sidecar, so they get none."),
    POD_WITHOUT_PROXY(
            Severity.WARNING,
            "IST0103",
            "A pod that should have a sidecar runs without one: it was made before injection was on."),
    GATEWAY_PORT_NOT_ON_WORKLOAD(
            Severity.WARNING,
            "IST0104",
            "A Gateway opens a port that the workload it selects does not declare."),
    PROXY_VERSION_DIFFERS(
            Severity.WARNING, "IST0105", "A pod runs an older Envoy than others of the mesh."),
    MISPLACED_ANNOTATION(
            Severity.WARNING, "IST0107", "The annotation belongs on another kind of object."),
    UNKNOWN_ANNOTATION(
            Severity.WARNING,
            "IST0108",
            "The annotation has the mesh's domain, and nobody knows it: usually a typing error."),
    CONFLICTING_SIDECARS(Severity.WARNING, "IST0110", "Two Sidecars select the same workload."),
    SEVERAL_DEFAULT_SIDECARS(
            Severity.WARNING,
            "IST0111",
            "Two Sidecars of a namespace have no selector, and only one can be for all workloads."),
    PORT_REQUIRED(
            Severity.WARNING,
            "IST0112",
            "A route leads to a service with several ports and does not say to which."),
    CONFLICTING_MTLS(
            Severity.WARNING,
            "IST0113",
            "What callers do by a DestinationRule is not what a policy asks of them: calls fail."),
    INGRESS_TLS_NOT_IN_FORCE(
            Severity.WARNING,
            "A Sidecar's ingress has TLS for callers outside of the mesh, and the mesh's mTLS holds for the port. It takes nothing"
                    + " but mTLS."),
    PATCH_NOT_IN_FORCE(
            Severity.WARNING,
            "A patch of an EnvoyFilter is left out: Envoy's API does not have it so, or a proxy refused what it made."
                    + " The other patches are in force."),
    ISSUER_WITHOUT_KEYS(
            Severity.WARNING,
            "There are no keys that an issuer's tokens could be verified with, so all of them are refused (401)."),
    TOKEN_NEEDED_ON_MORE_PATHS(
            Severity.WARNING,
            "A policy's triggerRules are more than Envoy can tell apart: a token is needed on more paths than they say."),
    AUTHORIZATION_NEEDS_HTTP(
            Severity.WARNING,
            "A rule of an AuthorizationPolicy asks for something of HTTP requests, and selects a port that is not read as HTTP. What"
                    + " cannot be known there protects more, not less."),
    AUTHORIZATION_NOT_DECIDABLE(
            Severity.WARNING,
            "A part of an AuthorizationPolicy cannot be decided by a proxy. What grants is left out, and what refuses does so without"
                    + " that part."),
    MTLS_WITHOUT_PROXY(
            Severity.WARNING,
            "IST0115",
            "A DestinationRule sends mTLS to a pod that has no sidecar to take it."),
    CONFLICTING_PROTOCOLS(
            Severity.WARNING,
            "IST0116",
            "Services say different protocols of the same port of a workload."),
    UNCLEAR_PROTOCOL(
            Severity.INFO,
            "IST0118",
            "Nothing says what is spoken on the port: callers find it out of the first bytes, the called side carries it as"
                    + " TCP."),
    TOKEN_ON_TCP_PORT(
            Severity.WARNING,
            "IST0119",
            "A policy asks for tokens on a port where no HTTP is spoken, so there are none to see."),
    DEPRECATED_POLICY(
            Severity.INFO,
            "IST0120",
            "Policy is an old kind; PeerAuthentication and RequestAuthentication have taken its place."),
    DEPRECATED_MESH_POLICY(
            Severity.INFO,
            "IST0121",
            "MeshPolicy is an old kind; PeerAuthentication in the root namespace has taken its place."),
    CONFLICTING_INJECTION_LABELS(
            Severity.WARNING,
            "IST0123",
            "The namespace has the label istio.io/rev, which the injector does not read."),
    NO_MATCHING_WORKLOAD(
            Severity.WARNING, "IST0127", "The selector's labels are those of no workload."),
    SERVER_NOT_VERIFIED(
            Severity.WARNING,
            "IST0128",
            "A DestinationRule begins TLS and does not say whose certificates it believes."),
    SERVER_OF_PORT_NOT_VERIFIED(
            Severity.WARNING,
            "IST0129",
            "A DestinationRule begins TLS on one port and does not say whose certificates it believes there."),
    DELEGATE_NOT_FOUND(
            Severity.WARNING,
            "IST0101",
            "A route hands over to a VirtualService that does not exist, or has hosts of its own: what it matches is answered"
                    + " with 404."),
    DELEGATE_NOT_EXPORTED(
            Severity.WARNING,
            "A route hands over to a VirtualService that its exportTo does not show to the route's namespace: what the route"
                    + " matches is answered with 404."),
    MATCH_NOT_HANDED_OVER(
            Severity.WARNING,
            "A match of a delegate is not within what the route that hands over to it matches, or there are too many of both;"
                    + " it does nothing there."),
    UNUSED_DELEGATE(
            Severity.WARNING,
            "A VirtualService has no hosts, and no route hands over to it: it does nothing."),
    INEFFECTIVE_MATCH(
            Severity.INFO,
            "IST0131",
            "An earlier match takes every request that this one could; others of its route are reached."),
    HOST_NOT_ON_GATEWAY(
            Severity.WARNING,
            "IST0132",
            "A VirtualService is bound to a Gateway of which no server takes its host."),
    ADDRESS_REQUIRED(
            Severity.WARNING,
            "IST0134",
            "A TCP service has no address: a connection says no host, so nothing tells it from others."),
    CONFLICTING_PORTS(
            Severity.WARNING,
            "IST0137",
            "Two services or two containers claim the same port of a workload."),
    CONFLICTING_LISTENERS(
            Severity.WARNING,
            "Two services or routes want the same connections on one port, and nothing tells these apart; the first has"
                    + " them."),
    CONFLICTING_DESTINATIONS(
            Severity.WARNING,
            "Destinations of one route for connections have different tunnels or idle timeouts, and a route has one of"
                    + " each: a destination with another tunnel than the first gets no connections, and the longest idle"
                    + " timeout holds for all."),
    SHARED_CERTIFICATE(
            Severity.WARNING,
            "IST0138",
            "Two Gateways of the same workloads show the same certificate; browsers then use one connection for the"
                    + " hosts of both."),
    ROUTES_NOT_AT_GATEWAY(
            Severity.INFO,
            "IST0140",
            "A Gateway's routes lead to a host that has routes of its own, which hold for sidecars only."),
    RESERVED_USER(
            Severity.WARNING,
            "IST0144",
            "An application's container runs as user 1337, which is the proxy's: its traffic is not captured."),
    CONFLICTING_GATEWAYS(
            Severity.WARNING,
            "IST0145",
            "Two servers of Gateways for the same workloads want the same host on a port, or one port for different"
                    + " things; by TLS, and of a port, the first has it."),
    TOKEN_NOT_CHECKED(
            Severity.WARNING,
            "IST0149",
            "A route matches a claim of a token, and no RequestAuthentication of the gateway checks tokens."),
    RELATIVE_PATCH(
            Severity.WARNING,
            "IST0151",
            "An EnvoyFilter's patch stands relative to another filter, and no priority orders the two."),
    INEFFECTIVE_REPLACE(
            Severity.WARNING,
            "IST0152",
            "REPLACE is for filters and virtual hosts; here it does nothing."),
    INEFFECTIVE_ADD(
            Severity.WARNING, "IST0153", "ADD does nothing to routes and route configurations."),
    INEFFECTIVE_REMOVE(
            Severity.WARNING, "IST0154", "REMOVE does nothing to routes and route configurations."),
    RELATIVE_PATCH_OF_VERSION(
            Severity.WARNING,
            "IST0155",
            "An EnvoyFilter's patch for some versions of the proxy stands relative to another filter, and no priority"
                    + " orders the two."),
    INVALID_CREDENTIAL(
            Severity.WARNING,
            "IST0161",
            "The Secret that a Gateway names does not have the keys of a certificate."),
    GATEWAY_PORT_NOT_ON_SERVICE(
            Severity.WARNING,
            "IST0162",
            "A Gateway opens a port that no Service of its workload leads to."),
    EMPTY_SUBSET(
            Severity.WARNING,
            "IST0173",
            "A subset's labels are those of no workload of the host: requests to it get 503."),
    REFUSED_BY_PROXY(
            Severity.WARNING,
            "A proxy refused the config made from this resource and keeps the last good one.");

    /// Of a name that leads nowhere in the config.
    private static final Set<Reason> DANGLING =
            Set.of(
                    UNKNOWN_HANDLER,
                    UNKNOWN_INSTANCE,
                    UNKNOWN_TEMPLATE,
                    UNKNOWN_ADAPTER,
                    HOST_NOT_FOUND,
                    SUBSET_NOT_FOUND,
                    GATEWAY_NOT_FOUND,
                    DELEGATE_NOT_FOUND,
                    PORT_NOT_FOUND,
                    SPEC_NOT_FOUND);

    private final Severity severity;
    private final @Nullable String alias;
    private final String explanation;
    private final String label;

    Reason(Severity severity, String explanation) {
        this(severity, null, explanation);
    }

    Reason(Severity severity, @Nullable String alias, String explanation) {
        this.severity = severity;
        this.alias = alias;
        this.explanation = explanation;
        this.label = camelCase(name());
    }

    public Severity severity() {
        return severity;
    }

    /// The code of Istio's analysis for the same: `IST0101`. Null where Istio has none.
    public @Nullable String alias() {
        return alias;
    }

    /// Whether the resource names another one that is not there.
    public boolean dangling() {
        return DANGLING.contains(this);
    }

    /// Whether the resource claims what another one has, which stays in force.
    public boolean overruled() {
        return this == CONFLICTING_HOSTS || this == CONFLICTING_POLICIES;
    }

    /// One sentence for `docs/problems.md`.
    public String explanation() {
        return explanation;
    }

    /// `SubsetNotFound`: the form for users, metrics and the wire.
    public String label() {
        return label;
    }

    private static String camelCase(String constant) {
        var text = new StringBuilder();
        for (var word : constant.split("_")) {
            text.append(word.charAt(0))
                    .append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
        }
        return text.toString();
    }
}
