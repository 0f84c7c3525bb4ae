package dev.quartet.benchmarks.mesh;

import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ConfigReportAck;
import dev.quartet.wire.status.ConfigStatusGrpc;
import io.grpc.stub.StreamObserver;

/// Takes what replicas report about their config, and keeps the last.
public final class ReportSink extends ConfigStatusGrpc.ConfigStatusImplBase {
    private volatile ConfigReport last = ConfigReport.getDefaultInstance();

    public ConfigReport last() {
        return last;
    }

    @Override
    public StreamObserver<ConfigReport> report(StreamObserver<ConfigReportAck> acknowledgements) {
        return new StreamObserver<>() {
            @Override
            public void onNext(ConfigReport report) {
                last = report;
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
