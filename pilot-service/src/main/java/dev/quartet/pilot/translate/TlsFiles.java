package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Gateway;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.WatchedDirectory;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Certificates and CAs in files beside a proxy. Envoy reads them when it takes the listener or the cluster; it watches their directory only where
/// a certificate comes by SDS, so that one that is renewed in its files is taken up with the next change of config, or the next start.
final class TlsFiles {
    private TlsFiles() {}

    /// @return empty without both files
    static Optional<TlsCertificate> certificate(@Nullable String chain, @Nullable String key) {
        return chain == null || key == null
                ? Optional.empty()
                : Optional.of(
                        TlsCertificate.newBuilder()
                                .setCertificateChain(file(chain))
                                .setPrivateKey(file(key))
                                .setWatchedDirectory(directory(chain))
                                .build());
    }

    static Optional<TlsCertificate> certificate(Gateway.CertificateFiles files) {
        return certificate(files.serverCertificate(), files.privateKey());
    }

    static void trust(CertificateValidationContext.Builder validation, String authority) {
        validation.setTrustedCa(file(authority)).setWatchedDirectory(directory(authority));
    }

    /// A certificate is taken that has any of the names, of whatever type.
    static void names(CertificateValidationContext.Builder validation, Collection<String> names) {
        for (var wanted : names) {
            for (var type : List.of(SanType.DNS, SanType.URI, SanType.IP_ADDRESS)) {
                validation.addMatchTypedSubjectAltNames(
                        SubjectAltNameMatcher.newBuilder()
                                .setSanType(type)
                                .setMatcher(StringMatcher.newBuilder().setExact(wanted)));
            }
        }
    }

    static DataSource file(String path) {
        return DataSource.newBuilder().setFilename(path).build();
    }

    private static WatchedDirectory directory(String path) {
        var slash = path.lastIndexOf('/');
        return WatchedDirectory.newBuilder()
                .setPath(slash < 0 ? "." : slash == 0 ? "/" : path.substring(0, slash))
                .build();
    }
}
