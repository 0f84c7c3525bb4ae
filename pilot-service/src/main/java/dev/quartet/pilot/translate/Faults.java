package dev.quartet.pilot.translate;

import dev.quartet.config.networking.HttpFaultInjection;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.grpc.Status;
import java.util.Arrays;
import java.util.Optional;

/// Faults on purpose: a filter in the chain that does nothing until a route says what.
/// A fault without a percentage happens to no request, as in Istio.
final class Faults {
    static final String FILTER = "envoy.filters.http.fault";

    private Faults() {}

    static HttpFilter filter() {
        return HttpFilter.newBuilder()
                .setName(FILTER)
                .setTypedConfig(Envoy.any(HTTPFault.getDefaultInstance()))
                .build();
    }

    /// @return empty when Envoy has no form for any of it
    static Optional<HTTPFault> of(HttpFaultInjection fault) {
        var result = HTTPFault.newBuilder();
        var delay = fault.delay();
        if (delay != null && delay.fixedDelay() != null) {
            result.setDelay(
                    FaultDelay.newBuilder()
                            .setFixedDelay(Envoy.duration(delay.fixedDelay()))
                            .setPercentage(Shares.of(delay.percentage(), delay.percent(), 0)));
        }
        var abort = fault.abort();
        if (abort != null) {
            var answer =
                    FaultAbort.newBuilder()
                            .setPercentage(Shares.of(abort.percentage(), abort.percent(), 0));
            if (abort.httpStatus() != null) {
                result.setAbort(answer.setHttpStatus(abort.httpStatus()));
            } else if (abort.grpcStatus() != null) {
                grpcStatus(abort.grpcStatus())
                        .ifPresent(status -> result.setAbort(answer.setGrpcStatus(status)));
            }
        }
        return result.hasDelay() || result.hasAbort()
                ? Optional.of(result.build())
                : Optional.empty();
    }

    /// By name, as `UNAVAILABLE`.
    private static Optional<Integer> grpcStatus(String name) {
        return Arrays.stream(Status.Code.values())
                .filter(code -> code.name().equals(name))
                .map(Status.Code::value)
                .findFirst();
    }
}
