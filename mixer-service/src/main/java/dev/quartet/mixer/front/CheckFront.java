package dev.quartet.mixer.front;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.Status;
import dev.quartet.admin.LogLimit;
import dev.quartet.identity.CallerIdentity;
import dev.quartet.mixer.attributes.CheckAttributes;
import dev.quartet.mixer.attributes.Peers;
import dev.quartet.mixer.dispatch.CheckFailedException;
import dev.quartet.mixer.dispatch.Dispatcher;
import dev.quartet.mixer.dispatch.Verdict;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `envoy.service.auth.v3.Authorization/Check`. A denial is an answer; a check that comes to no verdict is a gRPC
/// error, for which the proxy's fail policy (503, or pass where the user chose so) decides.
final class CheckFront extends AuthorizationGrpc.AuthorizationImplBase {
    private static final Logger LOGGER = LoggerFactory.getLogger(CheckFront.class);
    private static final CheckResponse ALLOWED =
            CheckResponse.newBuilder()
                    .setStatus(Status.getDefaultInstance())
                    .setOkResponse(OkHttpResponse.getDefaultInstance())
                    .build();

    private final Dispatcher dispatcher;
    private final Peers peers;
    private final FrontMetrics metrics;
    private final LogLimit logLimit = new LogLimit();

    CheckFront(Dispatcher dispatcher, Peers peers, FrontMetrics metrics) {
        this.dispatcher = dispatcher;
        this.peers = peers;
        this.metrics = metrics;
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
        Verdict verdict;
        try {
            verdict = verdict(request);
        } catch (CheckFailedException e) {
            fail(answer, io.grpc.Status.UNAVAILABLE.withDescription(e.getMessage()), e);
            return;
        } catch (RuntimeException e) {
            fail(answer, io.grpc.Status.INTERNAL.withDescription("check failed inside Mixer"), e);
            return;
        }
        (verdict.ok() ? metrics.checksAllowed : metrics.checksDenied).increment();
        answer.onNext(verdict.ok() ? ALLOWED : denied(verdict));
        answer.onCompleted();
    }

    private Verdict verdict(CheckRequest request) {
        var attributes = new CheckAttributes(request, peers, CallerIdentity.current().orElse(null));
        return attributes.hasHttp()
                ? dispatcher.check(attributes)
                : new Verdict(
                        io.grpc.Status.Code.PERMISSION_DENIED,
                        "mixer.istio-system:checks of TCP connections are not supported");
    }

    private void fail(
            StreamObserver<CheckResponse> answer, io.grpc.Status status, RuntimeException cause) {
        metrics.checksFailed.increment();
        if (logLimit.due()) {
            LOGGER.atError()
                    .addKeyValue("error", cause.getMessage())
                    .setCause(cause)
                    .log("Check came to no verdict");
        }
        answer.onError(status.asRuntimeException());
    }

    /// The dynamic metadata comes back in the request's access log entry, so that reports know why.
    private static CheckResponse denied(Verdict verdict) {
        var metadata =
                Struct.newBuilder()
                        .putFields(
                                "check.error_code",
                                Value.newBuilder().setNumberValue(verdict.code().value()).build())
                        .putFields(
                                "check.error_message",
                                Value.newBuilder().setStringValue(verdict.message()).build());
        return CheckResponse.newBuilder()
                .setStatus(
                        Status.newBuilder()
                                .setCode(verdict.code().value())
                                .setMessage(verdict.message()))
                .setDeniedResponse(
                        DeniedHttpResponse.newBuilder()
                                .setStatus(
                                        HttpStatus.newBuilder().setCodeValue(verdict.httpStatus()))
                                .setBody(verdict.body()))
                .setDynamicMetadata(metadata)
                .build();
    }
}
