package dev.quartet.identity;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which SPIFFE ids may call which gRPC service or method of a server. What is not listed nobody may call.
/// A refused call ends PERMISSION_DENIED with a text that names who and what; a caller without a certificate ends
/// UNAUTHENTICATED. Works at any place among the interceptors. Thread-safe.
public final class AccessList implements ServerInterceptor {

    private static final Logger LOGGER = LoggerFactory.getLogger(AccessList.class);

    /// A call that was refused.
    ///
    /// @param method full name, `package.Service/Method`
    public record Refusal(Optional<SpiffeId> caller, String method) {}

    private final Map<String, Callers> rules;
    private final Consumer<Refusal> onRefusal;
    private final LongAdder refusals = new LongAdder();

    private AccessList(Map<String, Callers> rules, Consumer<Refusal> onRefusal) {
        this.rules = Map.copyOf(rules);
        this.onRefusal = onRefusal;
    }

    public static Builder builder() {
        return new Builder();
    }

    /// Collects rules; a rule for a method goes before the one for its service.
    public static final class Builder {
        private final Map<String, Callers> rules = new LinkedHashMap<>();
        private Consumer<Refusal> onRefusal = refusal -> {};

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

        /// Called for each refusal, for a metric say.
        public Builder onRefusal(Consumer<Refusal> consumer) {
            onRefusal = consumer;
            return this;
        }

        public AccessList build() {
            return new AccessList(rules, onRefusal);
        }
    }

    /// How many calls were refused so far.
    public long refusals() {
        return refusals.sum();
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
        refusals.increment();
        onRefusal.accept(new Refusal(caller, method));
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
