package dev.quartet.pilot.explain;

import dev.quartet.pilot.explain.Explanation.Detail;
import dev.quartet.pilot.explain.Explanation.Source;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import java.util.ArrayList;
import java.util.List;

/// What TLS that ends at a proxy, and is not the mesh's, asks of callers. Who does not meet it gets no further, and nothing of a request tells whether it does.
final class EndOfTls {
    private EndOfTls() {}

    static List<Detail> of(FilterChain chain) {
        return of(chain, false, List.of());
    }

    /// @param atGateway whether the mesh's own is told too
    /// @param because who says it
    static List<Detail> of(FilterChain chain, boolean atGateway, List<Source> because) {
        if (!chain.hasTransportSocket()
                || !chain.getTransportSocket().getTypedConfig().is(DownstreamTlsContext.class)) {
            return List.of();
        }
        var context =
                Resources.unpacked(
                        chain.getTransportSocket().getTypedConfig(), DownstreamTlsContext.class);
        var common = context.getCommonTlsContext();
        var secrets =
                common.getTlsCertificateSdsSecretConfigsList().stream()
                        .map(SdsSecretConfig::getName)
                        .toList();
        var ofTheMesh = secrets.equals(List.of("default"));
        if (ofTheMesh && !atGateway) {
            return List.of();
        }
        var details = new ArrayList<Detail>();
        details.add(
                new Detail(
                        "TLS ends here, with the certificate "
                                + (ofTheMesh
                                        ? "of the proxy itself, as in the mesh"
                                        : secrets.isEmpty()
                                                ? common.getTlsCertificates(0)
                                                        .getCertificateChain()
                                                        .getFilename()
                                                : "of the Secret " + String.join(", ", secrets)),
                        because));
        var callers =
                common.hasCombinedValidationContext()
                        ? common.getCombinedValidationContext().getDefaultValidationContext()
                        : common.getValidationContext();
        if (common.hasCombinedValidationContext() || common.hasValidationContext()) {
            details.add(
                    new Detail(
                            "%s by %s%s"
                                    .formatted(
                                            context.getRequireClientCertificate().getValue()
                                                    ? "callers need a certificate that is signed"
                                                    : "a certificate that a caller shows must be signed",
                                            authority(common),
                                            names(callers)),
                            because));
        }
        return details;
    }

    private static String authority(CommonTlsContext common) {
        if (!common.hasCombinedValidationContext()) {
            return common.getValidationContext().getTrustedCa().getFilename();
        }
        var secret =
                common.getCombinedValidationContext()
                        .getValidationContextSdsSecretConfig()
                        .getName();
        return secret.equals("ROOTCA") ? "the mesh's CA" : "the CA of the Secret " + secret;
    }

    private static String names(
            io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext
                    callers) {
        var names =
                callers.getMatchTypedSubjectAltNamesList().stream()
                        .map(it -> it.getMatcher().getExact())
                        .distinct()
                        .toList();
        return names.isEmpty() ? "" : ", with the name " + String.join(" or ", names);
    }
}
