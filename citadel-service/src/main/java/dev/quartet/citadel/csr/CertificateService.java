package dev.quartet.citadel.csr;

import dev.quartet.citadel.authenticate.Caller;
import dev.quartet.citadel.authorize.Authorizer;
import dev.quartet.citadel.authorize.Decision;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.citadel.issue.CertificateRequest;
import dev.quartet.citadel.issue.RequestRefused;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.identity.Pem;
import dev.quartet.wire.ca.IstioCertificateRequest;
import dev.quartet.wire.ca.IstioCertificateResponse;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `istio.v1.auth.IstioCertificateService`, wire-compatible with Istio 1.4. Refusals: INVALID_ARGUMENT with the
/// reason's name for a bad request, PERMISSION_DENIED for a foreign trust domain, UNAVAILABLE when the root can't sign.
public final class CertificateService
        extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {

    private static final Logger LOGGER = LoggerFactory.getLogger(CertificateService.class);

    private final Authorizer authorizer;
    private final CertificateIssuer issuer;
    private final CitadelMetrics metrics;

    public CertificateService(
            Authorizer authorizer, CertificateIssuer issuer, CitadelMetrics metrics) {
        this.authorizer = authorizer;
        this.issuer = issuer;
        this.metrics = metrics;
    }

    @Override
    public void createCertificate(
            IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
        metrics.csrReceived();
        var caller = Caller.current();
        if (authorizer.certificate(caller) instanceof Decision.Refused(var reason, var detail)) {
            refuse(caller, Status.PERMISSION_DENIED, reason.name(), detail, answer);
            return;
        }
        try {
            var csr = CertificateRequest.read(request.getCsr(), caller.id());
            var chain =
                    issuer.issue(
                            caller.id(), csr, Duration.ofSeconds(request.getValidityDuration()));
            var response = IstioCertificateResponse.newBuilder();
            chain.forEach(certificate -> response.addCertChain(Pem.encode(certificate)));
            metrics.certificateIssued();
            LOGGER.atDebug()
                    .addKeyValue("name", caller.id())
                    .addKeyValue("version", chain.getFirst().getSerialNumber().toString(16))
                    .log("Certificate issued");
            answer.onNext(response.build());
            answer.onCompleted();
        } catch (RequestRefused e) {
            metrics.csrNotParsed();
            refuse(
                    caller,
                    Status.INVALID_ARGUMENT,
                    e.reason().name(),
                    String.valueOf(e.getMessage()),
                    answer);
        } catch (IllegalStateException e) {
            metrics.signingFailed();
            LOGGER.atError()
                    .setCause(e)
                    .addKeyValue("name", caller.id())
                    .log("Certificate not issued");
            answer.onError(
                    Status.UNAVAILABLE
                            .withDescription("Citadel can't sign now; its log says why")
                            .asException());
        }
    }

    private void refuse(
            Caller caller,
            Status status,
            String reason,
            String detail,
            StreamObserver<IstioCertificateResponse> answer) {
        LOGGER.atWarn()
                .addKeyValue("name", caller.id())
                .addKeyValue("type", caller.proof().name().toLowerCase(Locale.ROOT))
                .addKeyValue("reason", reason)
                .addKeyValue("error", detail)
                .log("Certificate request refused");
        answer.onError(status.withDescription(reason + ": " + detail).asException());
    }
}
