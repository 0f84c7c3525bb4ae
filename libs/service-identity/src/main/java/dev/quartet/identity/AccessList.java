package dev.quartet.identity;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which SPIFFE ids may call which gRPC service or method of a server. What is not listed nobody may call.
/// A refused call ends PERMISSION_DENIED with a text that names who and what; a caller without a certificate ends
/// UNAUTHENTICATED. Works at any place among the interceptors. Thread-safe.
public final class AccessList implements ServerInterceptor {

    private static final Logger LOGGER = LoggerFactory.getLogger(AccessList.class);

    private final Map<String, Callers> rules;

    private AccessList(Map<String, Callers> rules) {
        this.rules = Map.copyOf(rules);
    }

    public static Builder builder() {
        return new Builder();
    }

    /// Collects rules; a rule for a method goes before the one for its service.
    public static final class Builder {
        private final Map<String, Callers> rules = new LinkedHashMap<>();

        private Builder() {}

        /// @param serviceOrMethod `package.Service` or `package.Service/Method`
        public Builder allow(String serviceOrMethod, Callers callers) {
            rules.put(serviceOrMethod, callers);
            return this;
        }

        /// @param serviceOrMethod `package.Service` or `package.Service/Method`
        public Builder allow(String serviceOrMethod, SpiffeId... callers) {
            return allow(serviceOrMethod, new Callers.Only(Set.of(callers)));
        }

        public AccessList build() {
            return new AccessList(rules);
        }
    }

    /// Whether `caller` may call `method` (`package.Service/Method`).
    public boolean allows(SpiffeId caller, String method) {
        var rule = rules.get(method);
        if (rule == null) {
            rule = rules.get(method.substring(0, Math.max(method.lastIndexOf('/'), 0)));
        }
        return rule != null && rule.contains(caller);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var method = call.getMethodDescriptor().getFullMethodName();
        var caller = CallerIdentity.of(call);
        if (caller.isPresent() && allows(caller.get(), method)) {
            return next.startCall(call, headers);
        }
        var status =
                caller.map(id ->
                                Status.PERMISSION_DENIED.withDescription(
                                        id + " may not call " + method))
                        .orElse(
                                Status.UNAUTHENTICATED.withDescription(
                                        "calling "
                                                + method
                                                + " needs a client certificate with a SPIFFE id"));
        LOGGER.atWarn()
                .addKeyValue("name", caller.map(SpiffeId::uri).orElse("none"))
                .addKeyValue("type", method)
                .addKeyValue("reason", status.getCode())
                .log("Call refused");
        call.close(status, new Metadata());
        return new ServerCall.Listener<>() {};
    }
}
