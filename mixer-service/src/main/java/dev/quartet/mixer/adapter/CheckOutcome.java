package dev.quartet.mixer.adapter;

import io.grpc.Status;

/// What one handler says to one request.
///
/// @param code OK lets it pass
/// @param message for the caller; empty says nothing
public record CheckOutcome(Status.Code code, String message) {
    public static final CheckOutcome OK = new CheckOutcome(Status.Code.OK, "");

    public boolean ok() {
        return code == Status.Code.OK;
    }
}
