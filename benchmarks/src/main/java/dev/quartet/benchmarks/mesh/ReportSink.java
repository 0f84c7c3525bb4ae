package dev.quartet.benchmarks.mesh;

import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ConfigReportAck;
import dev.quartet.wire.status.ConfigStatusGrpc;
import io.grpc.stub.StreamObserver;

/// Takes what replicas report about their config, in Galley's place.
final class ReportSink extends ConfigStatusGrpc.ConfigStatusImplBase {
    @Override
    public StreamObserver<ConfigReport> report(StreamObserver<ConfigReportAck> acknowledgements) {
        return new StreamObserver<>() {
            @Override
            public void onNext(ConfigReport report) {
                acknowledgements.onNext(ConfigReportAck.getDefaultInstance());
            }

            @Override
            public void onError(Throwable cause) {
                // the next report comes on another stream
            }

            @Override
            public void onCompleted() {
                acknowledgements.onCompleted();
            }
        };
    }
}
