package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import java.math.BigInteger;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/// When the settings for calls to a host, a subset or a port are right. After Istio 1.4, `validation.go`
/// `validateTrafficPolicy`.
public final class TrafficPolicyRules {
    /// Envoy's limit (`MaglevLbConfig.table_size`), which it takes primes only for.
    private static final long MAX_TABLE_SIZE = 5_000_011;

    private static final int CERTAINTY = 50;

    private TrafficPolicyRules() {}

    static void check(@Nullable TrafficPolicy policy, FieldPath path, Problems problems) {
        if (policy == null) {
            return;
        }
        if (policy.loadBalancer() == null
                && policy.connectionPool() == null
                && policy.outlierDetection() == null
                && policy.tls() == null
                && policy.portLevelSettings().isEmpty()
                && policy.tunnel() == null
                && policy.proxyProtocol() == null
                && policy.retryBudget() == null) {
            problems.missing(
                    path,
                    "the policy is empty",
                    "add loadBalancer, connectionPool, outlierDetection or tls, or take it out");
        }
        loadBalancer(policy.loadBalancer(), path.field("loadBalancer"), problems);
        connectionPool(policy.connectionPool(), path.field("connectionPool"), problems);
        outlierDetection(policy.outlierDetection(), path.field("outlierDetection"), problems);
        tls(policy.tls(), path.field("tls"), problems);
        var ports = new HashSet<Integer>();
        for (int i = 0; i < policy.portLevelSettings().size(); i++) {
            var settings = policy.portLevelSettings().get(i);
            var inner = path.field("portLevelSettings").index(i);
            var number = settings.port().number();
            Values.port(problems, inner.field("port").field("number"), number);
            if (!ports.add(number)) {
                problems.invalid(
                        inner.field("port"),
                        "there are two settings for port " + number,
                        "keep one of them");
            }
            loadBalancer(settings.loadBalancer(), inner.field("loadBalancer"), problems);
            connectionPool(settings.connectionPool(), inner.field("connectionPool"), problems);
            outlierDetection(
                    settings.outlierDetection(), inner.field("outlierDetection"), problems);
            tls(settings.tls(), inner.field("tls"), problems);
        }
        var budget = policy.retryBudget();
        if (budget != null) {
            var inner = path.field("retryBudget");
            Values.percent(problems, inner.field("percent"), budget.percent());
            Values.notNegative(
                    problems, inner.field("minRetryConcurrency"), budget.minRetryConcurrency());
            Values.durationOrZero(problems, inner.field("budgetInterval"), budget.budgetInterval());
        }
        if (policy.tunnel() != null) {
            tunnel(policy.tunnel(), path.field("tunnel"), problems);
        }
    }

    private static void tunnel(
            TrafficPolicy.TunnelSettings tunnel, FieldPath path, Problems problems) {
        Values.port(problems, path.field("targetPort"), tunnel.targetPort());
        if (!Values.isHost(tunnel.targetHost()) && !Values.isIpAddress(tunnel.targetHost())) {
            problems.invalid(
                    path.field("targetHost"),
                    quoted(tunnel.targetHost()) + " is no host",
                    "write a host's full name or an IP address");
        }
        if (tunnel.protocol() != null
                && !tunnel.protocol().isEmpty()
                && !tunnel.protocol().equals("CONNECT")
                && !tunnel.protocol().equals("POST")) {
            problems.invalid(
                    path.field("protocol"),
                    quoted(tunnel.protocol()) + " makes no tunnel",
                    "write CONNECT or POST");
        }
    }

    private static void loadBalancer(
            @Nullable LoadBalancerSettings settings, FieldPath path, Problems problems) {
        if (settings == null) {
            return;
        }
        Values.duration(problems, path.field("warmupDurationSecs"), settings.warmupDurationSecs());
        var hash = settings.consistentHash();
        if (hash != null) {
            var inner = path.field("consistentHash");
            if (hash.httpHeaderName() == null
                    && hash.httpCookie() == null
                    && hash.useSourceIp() == null
                    && hash.httpQueryParameterName() == null) {
                problems.missing(
                        inner,
                        "nothing to hash",
                        "add httpHeaderName, httpCookie, useSourceIp or httpQueryParameterName");
            }
            if (hash.httpCookie() != null) {
                Values.durationOrZero(
                        problems, inner.field("httpCookie").field("ttl"), hash.httpCookie().ttl());
            }
            Values.notNegative(problems, inner.field("minimumRingSize"), hash.minimumRingSize());
            var maglev = hash.maglev();
            if (maglev != null && maglev.tableSize() != null && !isTableSize(maglev.tableSize())) {
                problems.invalid(
                        inner.field("maglev").field("tableSize"),
                        maglev.tableSize() + " is no prime number up to " + MAX_TABLE_SIZE,
                        "write for example 65537, or leave it out");
            }
        }
        var locality = settings.localityLbSetting();
        if (locality != null) {
            LocalityRules.check(locality, path.field("localityLbSetting"), problems);
        }
    }

    private static boolean isTableSize(long size) {
        return size <= MAX_TABLE_SIZE && BigInteger.valueOf(size).isProbablePrime(CERTAINTY);
    }

    /// Also for sidecars' own.
    static void connectionPool(
            @Nullable ConnectionPoolSettings pool, FieldPath path, Problems problems) {
        if (pool == null) {
            return;
        }
        if (pool.tcp() == null && pool.http() == null) {
            problems.missing(path, "the connection pool is empty", "add tcp or http");
        }
        var tcp = pool.tcp();
        if (tcp != null) {
            var inner = path.field("tcp");
            Values.notNegative(problems, inner.field("maxConnections"), tcp.maxConnections());
            Values.duration(problems, inner.field("connectTimeout"), tcp.connectTimeout());
            Values.duration(
                    problems, inner.field("maxConnectionDuration"), tcp.maxConnectionDuration());
            Values.durationOrZero(problems, inner.field("idleTimeout"), tcp.idleTimeout());
            keepalive(tcp.tcpKeepalive(), inner.field("tcpKeepalive"), problems);
        }
        var http = pool.http();
        if (http != null) {
            var inner = path.field("http");
            Values.notNegative(
                    problems,
                    inner.field("http1MaxPendingRequests"),
                    http.http1MaxPendingRequests());
            Values.notNegative(problems, inner.field("http2MaxRequests"), http.http2MaxRequests());
            Values.notNegative(
                    problems,
                    inner.field("maxRequestsPerConnection"),
                    http.maxRequestsPerConnection());
            Values.notNegative(problems, inner.field("maxRetries"), http.maxRetries());
            Values.notNegative(
                    problems, inner.field("maxConcurrentStreams"), http.maxConcurrentStreams());
            Values.durationOrZero(problems, inner.field("idleTimeout"), http.idleTimeout());
            if (http.h2UpgradePolicy() == ConnectionPoolSettings.H2UpgradePolicy.UPGRADE
                    && Boolean.TRUE.equals(http.useClientProtocol())) {
                problems.conflict(
                        inner,
                        "the client's protocol and an upgrade to HTTP/2 exclude each other",
                        "take useClientProtocol or h2UpgradePolicy out");
            }
        }
    }

    /// Also for the mesh's own.
    public static void keepalive(
            ConnectionPoolSettings.@Nullable TcpKeepalive keepalive,
            FieldPath path,
            Problems problems) {
        if (keepalive != null) {
            Values.notNegative(problems, path.field("probes"), keepalive.probes());
            Values.duration(problems, path.field("time"), keepalive.time());
            Values.duration(problems, path.field("interval"), keepalive.interval());
        }
    }

    private static void outlierDetection(
            @Nullable OutlierDetection outlier, FieldPath path, Problems problems) {
        if (outlier == null) {
            return;
        }
        Values.notNegative(problems, path.field("consecutiveErrors"), outlier.consecutiveErrors());
        Values.notNegative(
                problems,
                path.field("consecutiveLocalOriginFailures"),
                outlier.consecutiveLocalOriginFailures());
        Values.notNegative(
                problems,
                path.field("consecutiveGatewayErrors"),
                outlier.consecutiveGatewayErrors());
        Values.notNegative(
                problems, path.field("consecutive5xxErrors"), outlier.consecutive5xxErrors());
        Values.duration(problems, path.field("interval"), outlier.interval());
        Values.duration(problems, path.field("baseEjectionTime"), outlier.baseEjectionTime());
        Values.percent(problems, path.field("maxEjectionPercent"), outlier.maxEjectionPercent());
        Values.percent(problems, path.field("minHealthPercent"), outlier.minHealthPercent());
    }

    /// Also for the mesh's own.
    public static void tls(@Nullable ClientTlsSettings tls, FieldPath path, Problems problems) {
        if (tls == null) {
            return;
        }
        var ownFiles =
                tls.clientCertificate() != null
                        || tls.privateKey() != null
                        || tls.caCertificates() != null;
        if (tls.credentialName() != null
                && ownFiles
                && tls.mode() != ClientTlsSettings.Mode.ISTIO_MUTUAL) {
            problems.conflict(
                    path,
                    "credentialName and files exclude each other",
                    "take credentialName out, or clientCertificate, privateKey and caCertificates");
        }
        ServerTlsRules.credential(tls.credentialName(), path.field("credentialName"), problems);
        switch (tls.mode()) {
            case DISABLE, SIMPLE -> {}
            case MUTUAL -> {
                if (tls.credentialName() == null
                        && (tls.clientCertificate() == null || tls.privateKey() == null)) {
                    problems.missing(
                            path,
                            "MUTUAL needs a certificate",
                            "add clientCertificate and privateKey");
                }
            }
            case ISTIO_MUTUAL -> {
                if (ownFiles) {
                    problems.conflict(
                            path,
                            "ISTIO_MUTUAL brings its own certificates",
                            "take clientCertificate, privateKey and caCertificates out");
                }
            }
        }
    }
}
