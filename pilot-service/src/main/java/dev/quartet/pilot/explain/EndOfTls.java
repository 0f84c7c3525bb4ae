package dev.quartet.pilot.explain;

import dev.quartet.pilot.explain.Explanation.Detail;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import java.util.ArrayList;
import java.util.List;

/// What TLS that ends at a proxy, and is not the mesh's, asks of callers. Who does not meet it gets no further, and nothing of a request tells whether it does.
final class EndOfTls {
    private EndOfTls() {}

    static List<Detail> of(FilterChain chain) {
        if (!chain.hasTransportSocket()
                || !chain.getTransportSocket().getTypedConfig().is(DownstreamTlsContext.class)) {
            return List.of();
        }
        var context =
                Resources.unpacked(
                        chain.getTransportSocket().getTypedConfig(), DownstreamTlsContext.class);
        var common = context.getCommonTlsContext();
        if (common.getTlsCertificatesCount() == 0) {
            return List.of(); // the mesh's
        }
        var details = new ArrayList<Detail>();
        details.add(
                new Detail(
                        "TLS ends here, with the certificate "
                                + common.getTlsCertificates(0).getCertificateChain().getFilename(),
                        List.of()));
        if (common.hasValidationContext()) {
            var callers = common.getValidationContext();
            details.add(
                    new Detail(
                            "%s by %s%s"
                                    .formatted(
                                            context.getRequireClientCertificate().getValue()
                                                    ? "callers need a certificate that is signed"
                                                    : "a certificate that a caller shows must be signed",
                                            callers.getTrustedCa().getFilename(),
                                            names(callers)),
                            List.of()));
        }
        return details;
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
