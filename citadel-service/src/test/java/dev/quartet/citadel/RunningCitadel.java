package dev.quartet.citadel;

import dev.quartet.citadel.authenticate.Authenticator;
import dev.quartet.citadel.authenticate.ForeignTokens;
import dev.quartet.citadel.authorize.Authorizer;
import dev.quartet.citadel.credential.CredentialFolder;
import dev.quartet.citadel.credential.CredentialReader;
import dev.quartet.citadel.credential.Credentials;
import dev.quartet.citadel.credential.Shelf;
import dev.quartet.citadel.csr.CertificateService;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.citadel.issue.IssuedCertificates;
import dev.quartet.citadel.issue.ServingCertificate;
import dev.quartet.citadel.issue.ServingNames;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.citadel.sds.SecretService;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.identity.JoinToken;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.MutualTls;
import dev.quartet.identity.SpiffeId;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// All of Citadel but Spring and REST, on a free port, with a clock that a test moves.
final class RunningCitadel implements AutoCloseable {

    static final String TRUST_DOMAIN = "cluster.local";
    static final SpiffeId STOREFRONT = new SpiffeId(TRUST_DOMAIN, "shop", "storefront");
    static final SpiffeId RATINGS = new SpiffeId(TRUST_DOMAIN, "shop", "ratings");

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    final RootAuthority root;
    final TokenAuthority tokens;
    final PrometheusRegistry registry = new PrometheusRegistry();
    final CitadelMetrics metrics = new CitadelMetrics(registry);
    final IssuedCertificates issued = new IssuedCertificates(100);
    final SecretService secrets;
    final CredentialFolder folder;
    final CertificateIssuer issuer;
    private final Clock clock;
    private final GrpcDoor door;
    private final Deque<ManagedChannel> channels = new ArrayDeque<>();

    RunningCitadel(Path stateDir, Clock clock, Duration certificateLife, int port)
            throws IOException {
        this(stateDir, clock, certificateLife, port, Duration.ofMinutes(30));
    }

    RunningCitadel(
            Path stateDir, Clock clock, Duration certificateLife, int port, Duration maxStreamAge)
            throws IOException {
        this(stateDir, clock, certificateLife, port, maxStreamAge, metrics -> null);
    }

    /// @param others made with the metrics of this Citadel
    RunningCitadel(
            Path stateDir,
            Clock clock,
            Duration certificateLife,
            int port,
            Duration maxStreamAge,
            Function<CitadelMetrics, @Nullable ForeignTokens> others)
            throws IOException {
        this(
                stateDir,
                clock,
                certificateLife,
                port,
                maxStreamAge,
                others,
                (shelf, metrics) -> null);
    }

    /// @param inSecrets gives where credentials are, if not in the state folder
    RunningCitadel(
            Path stateDir,
            Clock clock,
            Duration certificateLife,
            int port,
            Duration maxStreamAge,
            Function<CitadelMetrics, @Nullable ForeignTokens> others,
            BiFunction<Shelf, CitadelMetrics, @Nullable Credentials> inSecrets)
            throws IOException {
        this.clock = clock;
        root = RootAuthority.loadOrCreate(stateDir, TRUST_DOMAIN, clock);
        tokens = TokenAuthority.loadOrCreate(stateDir, TRUST_DOMAIN, clock);
        issuer =
                new CertificateIssuer(
                        root,
                        new ServingNames(SpiffeId.citadel(TRUST_DOMAIN), Map.of()),
                        certificateLife,
                        Duration.ofDays(90),
                        issued,
                        clock);
        var authorizer = new Authorizer(TRUST_DOMAIN);
        var shelf = new Shelf(new CredentialReader(clock), metrics);
        folder = new CredentialFolder(stateDir.resolve("credentials"), shelf);
        folder.start();
        var source = inSecrets.apply(shelf, metrics);
        secrets =
                new SecretService(
                        authorizer,
                        issuer,
                        root,
                        source == null ? folder : source,
                        metrics,
                        maxStreamAge,
                        clock);
        secrets.start();
        var serving = new ServingCertificate(issuer, SpiffeId.citadel(TRUST_DOMAIN), clock);
        door =
                new GrpcDoor(
                                new InetSocketAddress("127.0.0.1", port),
                                new MutualTls(
                                        serving::current, () -> List.of(root.certificate()), clock),
                                new Authenticator(tokens, others.apply(metrics), metrics, clock),
                                List.of(
                                        new CertificateService(authorizer, issuer, metrics),
                                        secrets))
                        .start();
    }

    int port() {
        return door.port();
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    /// A channel that trusts Citadel alone and shows `material`, if any.
    Channel channel(@Nullable KeyMaterial material) {
        var tls = new MutualTls(() -> material, () -> List.of(root.certificate()), clock);
        var channel =
                NettyChannelBuilder.forTarget("dns:///" + address())
                        .sslContext(tls.client(SpiffeId.citadel(TRUST_DOMAIN)))
                        .maxInboundMetadataSize(64 * 1024)
                        .build();
        channels.push(channel);
        return channel;
    }

    Channel withToken(SpiffeId id) {
        return withToken(tokens.mint(id, Duration.ofDays(30)));
    }

    Channel withToken(JoinToken token) {
        return withAuthorization(token.authorization());
    }

    Channel withAuthorization(String... values) {
        var headers = new Metadata();
        for (var value : values) {
            headers.put(AUTHORIZATION, value);
        }
        return ClientInterceptors.intercept(
                channel(null), MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        door.close();
        secrets.close();
        folder.close();
    }
}
