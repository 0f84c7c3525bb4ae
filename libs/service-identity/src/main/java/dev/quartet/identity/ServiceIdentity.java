package dev.quartet.identity;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A service's own certificate and the connections made with it.
///
/// A certificate comes from the disk cache when it holds a valid one (so a service restarts while Citadel is down),
/// else from Citadel: by bearer token the first time, by the certificate itself afterwards. It renews at about half
/// of its life; when that fails the old one stays in force and the request is repeated every 0.5 to 3 seconds, by
/// token and by certificate in turn. Channels and servers read certificate and roots at each handshake.
///
/// Thread-safe. One virtual thread works until [#close()].
public final class ServiceIdentity implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(ServiceIdentity.class);

    private static final String CACHE_FILE = "identity.pem";
    private static final int MAX_FILE_BYTES = 256 * 1024;
    private static final int MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
    private static final Duration POLL = Duration.ofMillis(500); // notices a clock that jumps, too
    private static final Duration DEFAULT_MAX_AGE = Duration.ofMinutes(30);

    private final Clock clock;
    private final MutualTls tls;
    private final MutualTls anonymousTls;
    private final @Nullable IdentitySettings settings;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final AtomicLong renewals = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final @Nullable Thread renewal;

    private volatile @Nullable KeyMaterial current;
    private volatile List<X509Certificate> roots = List.of();
    private volatile boolean closed;
    private volatile String lastFailure = "";

    private ServiceIdentity(@Nullable IdentitySettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.tls = new MutualTls(this::usable, this::roots, clock);
        this.anonymousTls = new MutualTls(() -> null, this::roots, clock);
        this.renewal =
                settings == null
                        ? null
                        : Thread.ofVirtual()
                                .name("service-identity")
                                .unstarted(() -> keepCurrent(settings));
    }

    /// Starts and returns at once; [#whenReady()] says when there is a certificate.
    ///
    /// @throws IllegalArgumentException when the settings name no valid identity
    /// @throws IOException when the state folder can't be made
    public static ServiceIdentity start(IdentitySettings settings, Clock clock) throws IOException {
        settings.spiffeId();
        PrivateFiles.folder(settings.stateDir());
        var identity = new ServiceIdentity(settings, clock);
        identity.loadCache(settings);
        if (identity.renewal != null) {
            identity.renewal.start();
        }
        return identity;
    }

    /// An identity that is given and never renews: for tests, and for who makes its own certificates.
    public static ServiceIdentity fixed(
            KeyMaterial material, List<X509Certificate> roots, Clock clock) {
        var identity = new ServiceIdentity(null, clock);
        identity.roots = List.copyOf(roots);
        identity.current = material;
        identity.ready.complete(null);
        return identity;
    }

    /// Whether there is a certificate that is valid now.
    public boolean ready() {
        return usable() != null;
    }

    /// Completes with the first certificate.
    public CompletableFuture<Void> whenReady() {
        return ready.copy();
    }

    /// Blocks until the first certificate is there.
    ///
    /// @return false when `timeout` passes first
    public boolean awaitReady(Duration timeout) throws InterruptedException {
        try {
            ready.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    /// Blocks until the first certificate is there, however long that takes.
    ///
    /// @throws IllegalStateException when closed before
    public void awaitReady() throws InterruptedException {
        try {
            ready.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("closed before there was a certificate", e);
        }
    }

    public Optional<CertificateStatus> certificate() {
        return Optional.ofNullable(current).map(KeyMaterial::status);
    }

    /// How many certificates Citadel gave so far.
    public long renewals() {
        return renewals.get();
    }

    /// How many requests to Citadel failed so far.
    public long failures() {
        return failures.get();
    }

    /// Why there is no certificate yet, in words for people; empty before the first attempt has failed, and once there is one.
    public Optional<String> failure() {
        return ready() || lastFailure.isEmpty() ? Optional.empty() : Optional.of(lastFailure);
    }

    /// The roots of the mesh; empty until their file was read.
    public List<X509Certificate> roots() {
        return roots;
    }

    /// TLS contexts with this identity, for servers and clients that need more than [#channel] and [#server] give.
    public MutualTls tls() {
        return tls;
    }

    /// A channel to `address` (`host:port`) by mutual TLS 1.3, which trusts `expectedServer` only. It connects when
    /// first used and comes back by itself, at 0.5 to 3 seconds' pace. The caller shuts it down.
    public ManagedChannel channel(String address, SpiffeId expectedServer) {
        return Reconnect.paced(
                NettyChannelBuilder.forTarget("dns:///" + address)
                        .sslContext(tls.client(expectedServer))
                        .proxyDetector(target -> null)
                        .keepAliveTime(30, TimeUnit.SECONDS)
                        .keepAliveTimeout(10, TimeUnit.SECONDS)
                        .keepAliveWithoutCalls(true)
                        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                        .build());
    }

    /// As [#server(InetSocketAddress, Duration)], with connections that live half an hour.
    public NettyServerBuilder server(InetSocketAddress address) {
        return server(address, DEFAULT_MAX_AGE);
    }

    /// A server at `address` that requires a client certificate of this mesh and puts its SPIFFE id into each call's
    /// context ([CallerIdentity]). Add an [AccessList]. Message sizes are gRPC's default of 4 MiB unless set.
    ///
    /// @param maxConnectionAge about how long a connection lives (gRPC spreads it by a tenth), so that certificates
    ///     in use are current ones and load evens out; calls under way get 10 seconds to end
    public NettyServerBuilder server(InetSocketAddress address, Duration maxConnectionAge) {
        return NettyServerBuilder.forAddress(address)
                .sslContext(tls.server(ClientAuth.REQUIRE))
                .addTransportFilter(CallerIdentity.oncePerConnection())
                .intercept(new CallerIdentity())
                .handshakeTimeout(10, TimeUnit.SECONDS)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS) // Envoy pings every 10 s
                .permitKeepAliveWithoutCalls(true)
                .maxConnectionAge(maxConnectionAge.toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(10, TimeUnit.SECONDS);
    }

    /// The certificate in force with its key; null while none is valid.
    @Nullable KeyMaterial usable() {
        var material = current;
        return material != null && material.validAt(clock.instant()) ? material : null;
    }

    private void keepCurrent(IdentitySettings settings) {
        var byCertificateFailed = false;
        try {
            while (!closed) {
                var material = current;
                var now = clock.instant();
                if (material != null && now.isBefore(material.renewAt(jitter(material)))) {
                    Thread.sleep(POLL);
                    continue;
                }
                var byCertificate = usable() != null && !byCertificateFailed;
                try {
                    accept(fetch(settings, byCertificate), settings);
                    byCertificateFailed = false;
                    Thread.sleep(POLL);
                } catch (IOException | GeneralSecurityException | RuntimeException e) {
                    // Whatever it is, the next attempt may go well, and nobody else would renew.
                    failures.incrementAndGet();
                    byCertificateFailed = byCertificate && settings.tokenFile() != null;
                    report(settings, e);
                    Thread.sleep(Reconnect.pause());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private static double jitter(KeyMaterial material) {
        return (material.leaf().getSerialNumber().hashCode() & 0xffff) / 65535.0;
    }

    private KeyMaterial fetch(IdentitySettings settings, boolean byCertificate)
            throws IOException, GeneralSecurityException {
        readRoots(settings.rootCertFile());
        JoinToken token = null;
        var tokenFile = settings.tokenFile();
        if (!byCertificate) {
            if (tokenFile == null) {
                throw new IOException(
                        "there is no valid certificate on disk and no token file is set (quartet.identity.token-file)");
            }
            token = JoinToken.read(tokenFile);
        }
        var context =
                (byCertificate ? tls : anonymousTls)
                        .client(SpiffeId.citadel(settings.trustDomain()));
        var fetched = CertificateSigning.request(settings.citadelAddress(), context, token);
        check(settings, fetched);
        return fetched;
    }

    private void check(IdentitySettings settings, KeyMaterial material)
            throws CertificateException {
        var leaf =
                ChainVerifier.verify(
                        material.chain(), roots, ChainVerifier.Purpose.CLIENT, clock.instant());
        SpiffeId given;
        try {
            given = SpiffeId.of(leaf);
        } catch (IllegalArgumentException e) {
            throw new CertificateException(e.getMessage(), e);
        }
        if (!given.equals(settings.spiffeId())) {
            throw new CertificateException(
                    "the certificate is for %s, but this service is %s; its token belongs to another service account"
                            .formatted(given, settings.spiffeId()));
        }
    }

    private void readRoots(Path file) throws IOException, CertificateException {
        roots =
                Pem.certificates(
                        new String(
                                PrivateFiles.readBounded(file, MAX_FILE_BYTES),
                                StandardCharsets.US_ASCII));
    }

    private void loadCache(IdentitySettings settings) {
        var file = settings.stateDir().resolve(CACHE_FILE);
        if (!Files.exists(file)) {
            return;
        }
        try {
            readRoots(settings.rootCertFile());
            var cached =
                    KeyMaterial.fromPem(
                            new String(
                                    PrivateFiles.read(file, MAX_FILE_BYTES),
                                    StandardCharsets.US_ASCII));
            check(settings, cached);
            current = cached;
            ready.complete(null);
        } catch (IOException | GeneralSecurityException e) {
            LOGGER.atInfo()
                    .addKeyValue("name", file)
                    .addKeyValue("error", e.getMessage())
                    .log("Cached certificate not used");
        }
    }

    private void accept(KeyMaterial fetched, IdentitySettings settings) {
        keep(fetched, settings.stateDir().resolve(CACHE_FILE));
        current = fetched;
        renewals.incrementAndGet();
        lastFailure = "";
        ready.complete(null);
        var status = fetched.status();
        LOGGER.atInfo()
                .addKeyValue("name", status.spiffeId())
                .addKeyValue("version", status.serial())
                .addKeyValue("notAfter", status.notAfter())
                .log("Certificate received");
    }

    /// A disk that refuses costs a restart without Citadel, not the certificate.
    private static void keep(KeyMaterial material, Path file) {
        try {
            PrivateFiles.write(file, material.toPem());
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", file)
                    .addKeyValue("error", e.toString())
                    .log("Certificate can't be kept over a restart");
        }
    }

    /// The same failure again and again is one warning.
    private void report(IdentitySettings settings, Exception failure) {
        var text = explain(settings, failure);
        var event = text.equals(lastFailure) ? LOGGER.atDebug() : LOGGER.atWarn();
        lastFailure = text;
        event.addKeyValue("name", settings.spiffeId())
                .addKeyValue("error", text)
                .log("No certificate yet from Citadel");
    }

    private static String explain(IdentitySettings settings, Exception failure) {
        return switch (failure) {
            case StatusRuntimeException refused
                    when refused.getStatus().getCode() == Status.Code.UNAVAILABLE ->
                    "Citadel at %s can't be reached or trusted: %s"
                            .formatted(settings.citadelAddress(), rootCause(refused));
            case StatusRuntimeException refused ->
                    "Citadel at %s: %s".formatted(settings.citadelAddress(), refused.getStatus());
            case NoSuchFileException missing -> missing.getFile() + " is missing";
            case RuntimeException bug -> bug.toString();
            default -> String.valueOf(failure.getMessage());
        };
    }

    private static String rootCause(Throwable failure) {
        var deepest = failure;
        for (var cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            deepest = cause;
        }
        return String.valueOf(deepest.getMessage());
    }

    /// Ends renewal. Channels and servers made before go on with the certificate they have.
    @Override
    public void close() {
        closed = true;
        if (renewal != null) {
            renewal.interrupt();
        }
        ready.completeExceptionally(new IllegalStateException("closed"));
    }
}
