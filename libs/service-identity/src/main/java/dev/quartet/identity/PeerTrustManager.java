package dev.quartet.identity;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Accepts a peer whose chain leads to a current root, whose leaf is for this purpose, and whose SPIFFE id is
/// expected. Host names play no part: in the mesh an address proves nothing.
final class PeerTrustManager extends X509ExtendedTrustManager {

    private final Supplier<List<X509Certificate>> roots;
    private final Clock clock;
    private final Predicate<SpiffeId> expected;
    private final String expectation;

    PeerTrustManager(
            Supplier<List<X509Certificate>> roots,
            Clock clock,
            Predicate<SpiffeId> expected,
            String expectation) {
        this.roots = roots;
        this.clock = clock;
        this.expected = expected;
        this.expectation = expectation;
    }

    private void check(X509Certificate[] chain, ChainVerifier.Purpose purpose)
            throws CertificateException {
        var leaf =
                ChainVerifier.verify(Arrays.asList(chain), roots.get(), purpose, clock.instant());
        SpiffeId peer;
        try {
            peer = SpiffeId.of(leaf);
        } catch (IllegalArgumentException e) {
            throw new CertificateException(
                    "the peer's certificate carries no usable SPIFFE id: " + e.getMessage(), e);
        }
        if (!expected.test(peer)) {
            throw new CertificateException(
                    "the peer is %s, expected %s".formatted(peer, expectation));
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        check(chain, ChainVerifier.Purpose.CLIENT);
    }

    @Override
    public void checkClientTrusted(
            X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        check(chain, ChainVerifier.Purpose.CLIENT);
    }

    @Override
    public void checkClientTrusted(
            X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        check(chain, ChainVerifier.Purpose.CLIENT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        check(chain, ChainVerifier.Purpose.SERVER);
    }

    @Override
    public void checkServerTrusted(
            X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        check(chain, ChainVerifier.Purpose.SERVER);
    }

    @Override
    public void checkServerTrusted(
            X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        check(chain, ChainVerifier.Purpose.SERVER);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0]; // no hint: roots may change while the context lives
    }
}
