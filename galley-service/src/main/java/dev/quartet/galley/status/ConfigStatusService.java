package dev.quartet.galley.status;

import dev.quartet.identity.CallerIdentity;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ConfigReportAck;
import dev.quartet.wire.status.ConfigStatusGrpc;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes reports (`quartet.status.v1.ConfigStatus`). A caller speaks for its own component only: the one whose service
/// account its certificate names.
public final class ConfigStatusService extends ConfigStatusGrpc.ConfigStatusImplBase {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConfigStatusService.class);
    private static final int MAX_REPLICA_CHARS = 253;

    private final ReportBoard board;

    public ConfigStatusService(ReportBoard board) {
        this.board = board;
    }

    @Override
    public StreamObserver<ConfigReport> report(StreamObserver<ConfigReportAck> out) {
        var caller = CallerIdentity.current();
        // Without a handler an answer to a replica that has just gone would throw.
        ((ServerCallStreamObserver<ConfigReportAck>) out).setOnCancelHandler(() -> {});
        return new StreamObserver<>() {
            private boolean ended;

            @Override
            public void onNext(ConfigReport report) {
                if (ended) {
                    return;
                }
                var component = Component.of(report.getComponent());
                var may =
                        component.isPresent()
                                && caller.isPresent()
                                && caller.get()
                                        .serviceAccount()
                                        .equals(component.get().serviceAccount());
                if (!may) {
                    refuse(
                            Status.PERMISSION_DENIED.withDescription(
                                    "%s may not report for component \"%s\""
                                            .formatted(
                                                    caller.map(Object::toString)
                                                            .orElse("a caller without identity"),
                                                    report.getComponent())));
                    return;
                }
                if (report.getReplica().isEmpty()
                        || report.getReplica().length() > MAX_REPLICA_CHARS) {
                    refuse(
                            Status.INVALID_ARGUMENT.withDescription(
                                    "a report needs a replica name of 1 to 253 characters"));
                    return;
                }
                try {
                    board.put(component.get(), report);
                } catch (IllegalStateException e) {
                    refuse(Status.RESOURCE_EXHAUSTED.withDescription(e.getMessage()));
                    return;
                }
                out.onNext(ConfigReportAck.getDefaultInstance());
            }

            private void refuse(Status status) {
                ended = true;
                LOGGER.atWarn().addKeyValue("error", status.getDescription()).log("Report refused");
                out.onError(status.asRuntimeException());
            }

            @Override
            public void onError(Throwable cause) {
                ended = true; // the entry stays until it expires
            }

            @Override
            public void onCompleted() {
                if (!ended) {
                    ended = true;
                    out.onCompleted();
                }
            }
        };
    }
}
