package dev.quartet.pilot.xds;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;

/// What both forms of ADS share: a gRPC stream of responses.
///
/// @param <R> the response
abstract class GrpcWire<R> implements Wire {
    final ServerCallStreamObserver<R> responses;

    GrpcWire(ServerCallStreamObserver<R> responses) {
        this.responses = responses;
    }

    @Override
    public final boolean isReady() {
        return responses.isReady();
    }

    @Override
    public final void close(Status status) {
        responses.onError(status.asRuntimeException());
    }
}
