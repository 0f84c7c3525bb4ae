package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the gateways with the labels of `selector` listen to (Istio 1.4 `networking/v1alpha3/gateway.proto`).
public record Gateway(@Required List<Server> servers, Map<String, String> selector)
        implements Spec {
    public Gateway {
        servers = List.copyOf(servers);
        selector = SortedMaps.copyOf(selector);
    }

    /// @param hosts `[namespace/]name`, the name may begin with `*.` or be `*`
    public record Server(
            @Required ServerPort port,
            @NotTranslated("gateways listen on every address they have") @Nullable String bind,
            @Required List<String> hosts,
            @NotTranslated("TLS at gateways comes with a later version")
                    @Nullable ServerTlsSettings tls,
            @NotTranslated("Istio does nothing with it either") @Nullable String defaultEndpoint,
            @Nullable String name) {
        public Server {
            hosts = List.copyOf(hosts);
        }
    }

    /// @param protocol one of [Protocol], in any case
    public record ServerPort(
            @Required Integer number,
            @Required String protocol,
            @Required String name,
            @NotTranslated("gateways listen on port.number itself") @Nullable Integer targetPort) {}

    public record ServerTlsSettings(
            @Nullable Boolean httpsRedirect,
            @Nullable Mode mode,
            @Nullable String serverCertificate,
            @Nullable String privateKey,
            @Nullable String caCertificates,
            @Nullable String caCrl,
            @Nullable String credentialName,
            List<String> credentialNames,
            @Nullable String caCertCredentialName,
            List<CertificateFiles> tlsCertificates,
            List<String> subjectAltNames,
            List<String> verifyCertificateSpki,
            List<String> verifyCertificateHash,
            @Nullable TlsProtocol minProtocolVersion,
            @Nullable TlsProtocol maxProtocolVersion,
            List<String> cipherSuites) {
        public ServerTlsSettings {
            credentialNames = List.copyOf(credentialNames);
            tlsCertificates = List.copyOf(tlsCertificates);
            subjectAltNames = List.copyOf(subjectAltNames);
            verifyCertificateSpki = List.copyOf(verifyCertificateSpki);
            verifyCertificateHash = List.copyOf(verifyCertificateHash);
            cipherSuites = List.copyOf(cipherSuites);
        }
    }

    public record CertificateFiles(
            @Nullable String serverCertificate,
            @Nullable String privateKey,
            @Nullable String caCertificates) {}

    public enum Mode {
        PASSTHROUGH,
        SIMPLE,
        MUTUAL,
        AUTO_PASSTHROUGH,
        ISTIO_MUTUAL,
        OPTIONAL_MUTUAL
    }

    public enum TlsProtocol {
        TLS_AUTO,
        TLSV1_0,
        TLSV1_1,
        TLSV1_2,
        TLSV1_3
    }
}
