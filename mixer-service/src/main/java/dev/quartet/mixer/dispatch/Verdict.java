package dev.quartet.mixer.dispatch;

import io.grpc.Status;

/// What all rules together say to a request.
///
/// @param code OK lets it pass; else the first code that a handler gave
/// @param message all reasons, each as `handler.namespace:message`, joined by `, `
public record Verdict(Status.Code code, String message) {
    public static final Verdict OK = new Verdict(Status.Code.OK, "");

    public boolean ok() {
        return code == Status.Code.OK;
    }

    /// What the caller reads: `PERMISSION_DENIED:denier.shop:message`, the form of Istio's proxy.
    public String body() {
        return code.name() + ":" + message;
    }

    /// The HTTP status for the code, after `google/rpc/code.proto`.
    public int httpStatus() {
        return switch (code) {
            case OK -> 200;
            case CANCELLED -> 499;
            case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
            case UNAUTHENTICATED -> 401;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS, ABORTED -> 409;
            case RESOURCE_EXHAUSTED -> 429;
            case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
            case UNIMPLEMENTED -> 501;
            case UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
        };
    }
}
