package dev.quartet.pilot.translate;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.TokenRule;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwksAsyncFetch;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// How a proxy comes by an issuer's keys: they are written in the policy, or it fetches them, from a service by that service's own cluster,
/// from elsewhere by a cluster whose addresses Pilot has looked up and found to be none of a private network. A service outside of the mesh whose
/// TLS is its clients' own affair counts as elsewhere. Where there are no keys, no token of the issuer is good.
///
/// @param provider with nothing but the keys
/// @param clusters that the provider names
/// @param added a cluster of the provider's own
/// @param problem why there are none
record IssuerKeys(
        JwtProvider provider,
        Set<String> clusters,
        Optional<XdsResource> added,
        Optional<Problem> problem) {
    /// Istio 1.4's.
    private static final Duration LIFE = Durations.fromMinutes(5);

    private static final Duration AFTER_A_FAILURE = Durations.fromSeconds(2);

    /// Envoy takes it for a set without keys. One with a set that it cannot use, it would refuse, and with it all others.
    static final JwtProvider NONE =
            JwtProvider.newBuilder()
                    .setLocalJwks(DataSource.newBuilder().setInlineString(""))
                    .build();

    private static final int HTTPS = 443;
    private static final int HTTP = 80;

    /// @param seen what the proxy sees of the mesh
    static IssuerKeys of(Facts seen, Facts all, TokenRule rule) {
        return switch (rule.keys()) {
            case TokenRule.Keys.Inline(var jwks) ->
                    PublicKeys.of(jwks)
                            .map(IssuerKeys::inline)
                            .orElseGet(() ->
                                    none(
                                            rule,
                                            "jwks",
                                            "there is no public key in it that can be used",
                                            "write a set of keys (RFC 7517) with an RSA key of 2048 bits or more, or an EC key"));
            case TokenRule.Keys.At(var uri, var timeout) -> at(seen, all, rule, uri, timeout);
            case TokenRule.Keys.Nowhere() ->
                    none(
                            rule,
                            "jwksUri",
                            "nothing says where the issuer's keys are",
                            "write jwksUri, or jwks with the keys themselves");
        };
    }

    private static IssuerKeys inline(String keys) {
        return new IssuerKeys(
                JwtProvider.newBuilder()
                        .setLocalJwks(DataSource.newBuilder().setInlineString(keys))
                        .build(),
                Set.of(),
                Optional.empty(),
                Optional.empty());
    }

    private static IssuerKeys none(TokenRule rule, String field, String fault, String fix) {
        return new IssuerKeys(
                NONE, Set.of(), Optional.empty(), Optional.of(problem(rule, field, fault, fix)));
    }

    private static Problem problem(TokenRule rule, String field, String fault, String fix) {
        FieldPath path = rule.path().field(field);
        return new Problem(Reason.ISSUER_WITHOUT_KEYS, rule.policy(), null, path, fault, fix);
    }

    private static IssuerKeys at(
            Facts seen, Facts all, TokenRule rule, String uri, java.time.Duration timeout) {
        var parsed = URI.create(uri);
        var secure = "https".equals(parsed.getScheme());
        var port = parsed.getPort() > 0 ? parsed.getPort() : secure ? HTTPS : HTTP;
        var host = parsed.getHost().toLowerCase(Locale.ROOT);
        var name = serviceName(all, host, rule.policy().namespace());
        var service = all.service(name);
        if (service.isPresent()
                && (!secure
                        || service.get().inMesh()
                        || speaksTls(seen, service.get(), port, rule))) {
            return ofTheMesh(seen, rule, uri, timeout, new Server(name, port, secure));
        }
        return outside(all, rule, uri, timeout, new Server(unbracketed(host), port, secure));
    }

    private record Server(String host, int port, boolean secure) {}

    /// As the user wrote it, or with what Kubernetes lets one leave out.
    private static String serviceName(Facts all, String host, String namespace) {
        for (var name : List.of(host, Hosts.resolve(host, namespace), host + ".cluster.local")) {
            if (all.service(name).isPresent()) {
                return name;
            }
        }
        return host + ".svc.cluster.local";
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static IssuerKeys ofTheMesh(
            Facts seen, TokenRule rule, String uri, java.time.Duration timeout, Server server) {
        var service = seen.service(server.host());
        if (service.isEmpty()) {
            return none(
                    rule,
                    "jwksUri",
                    "the proxy does not see the service " + server.host(),
                    "add the host to the egress of the workload's Sidecar, and see that the service is exported to its namespace");
        }
        if (service.get().ports().stream().noneMatch(it -> it.number() == server.port())) {
            return none(
                    rule,
                    "jwksUri",
                    "the service %s has no port %d".formatted(server.host(), server.port()),
                    "write one of its ports");
        }
        if (server.secure() && !speaksTls(seen, service.get(), server.port(), rule)) {
            return none(
                    rule,
                    "jwksUri",
                    "the host is a service of the mesh, and nothing says how its TLS is verified",
                    "write http://, where the mesh's own mTLS is enough, or a DestinationRule with tls for the host");
        }
        var cluster = Names.outbound(server.port(), "", server.host());
        return new IssuerKeys(
                remote(uri, cluster, timeout), Set.of(cluster), Optional.empty(), Optional.empty());
    }

    private static boolean speaksTls(Facts seen, Service service, int port, TokenRule rule) {
        var layers =
                TrafficPolicies.layers(
                        DestinationRules.of(seen, service.host(), rule.policy().namespace()),
                        "",
                        port);
        return TrafficPolicies.part(layers, TrafficPolicy::tls)
                .filter(tls -> tls.mode() != ClientTlsSettings.Mode.DISABLE)
                .isPresent();
    }

    private static IssuerKeys outside(
            Facts all, TokenRule rule, String uri, java.time.Duration timeout, Server server) {
        var found = all.issuerAt(server.host());
        var name = Names.issuer(server.secure(), server.port(), server.host());
        var endpoints = LocalityLbEndpoints.newBuilder();
        found.ifPresent(at ->
                at.addresses()
                        .forEach(address ->
                                endpoints.addLbEndpoints(
                                        LbEndpoint.newBuilder()
                                                .setEndpoint(
                                                        Endpoint.newBuilder()
                                                                .setAddress(
                                                                        Envoy.address(
                                                                                address,
                                                                                server.port()))))));
        var cluster =
                Cluster.newBuilder()
                        .setName(name)
                        .setType(Cluster.DiscoveryType.STATIC)
                        .setConnectTimeout(Envoy.duration(all.mesh().connectTimeout()))
                        .setLoadAssignment(
                                ClusterLoadAssignment.newBuilder()
                                        .setClusterName(name)
                                        .addEndpoints(endpoints));
        if (server.secure()) {
            cluster.setTransportSocket(ClientTls.toServer(VERIFIED, server.host(), false));
        }
        var problem =
                found.filter(at -> at.addresses().isEmpty())
                        .map(at ->
                                at.refused().isEmpty()
                                        ? problem(
                                                rule,
                                                "jwksUri",
                                                "DNS knows no address of " + server.host(),
                                                "correct the name, or write a ServiceEntry for the host")
                                        : problem(
                                                rule,
                                                "jwksUri",
                                                "%s is at %s, which is no public address, and no keys are fetched from there"
                                                        .formatted(
                                                                server.host(),
                                                                String.join(", ", at.refused())),
                                                "make the host a service of the mesh (ServiceEntry), or have it in quartet.pilot.issuers.allowed-hosts of Pilot"));
        return new IssuerKeys(
                remote(uri, name, timeout),
                Set.of(name),
                Optional.of(XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of())),
                problem);
    }

    /// By the system's roots.
    private static final ClientTlsSettings VERIFIED =
            new ClientTlsSettings(
                    ClientTlsSettings.Mode.SIMPLE,
                    null,
                    null,
                    null,
                    null,
                    List.of(),
                    null,
                    null,
                    null);

    /// Fetched in the background, so that keys that are there are used until there are new ones, and no listener waits for an issuer.
    private static JwtProvider remote(String uri, String cluster, java.time.Duration timeout) {
        return JwtProvider.newBuilder()
                .setRemoteJwks(
                        RemoteJwks.newBuilder()
                                .setHttpUri(
                                        HttpUri.newBuilder()
                                                .setUri(uri)
                                                .setCluster(cluster)
                                                .setTimeout(Envoy.duration(timeout)))
                                .setCacheDuration(LIFE)
                                .setAsyncFetch(
                                        JwksAsyncFetch.newBuilder()
                                                .setFastListener(true)
                                                .setFailedRefetchDuration(AFTER_A_FAILURE)))
                .build();
    }
}
