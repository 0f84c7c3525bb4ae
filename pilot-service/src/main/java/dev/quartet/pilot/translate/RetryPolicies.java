package dev.quartet.pilot.translate;

import dev.quartet.config.networking.HttpRetry;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// When a request is tried again, and where. After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/route/retry/retry.go`.
final class RetryPolicies {
    private static final String DEFAULT_RETRY_ON =
            "connect-failure,refused-stream,unavailable,cancelled,resource-exhausted,retriable-status-codes";
    private static final String BY_STATUS = "retriable-status-codes";
    private static final int DEFAULT_RETRIES = 2;
    private static final int RETRY_HOST_ATTEMPTS = 5;

    /// After so many tries another priority is taken: a locality further away.
    private static final int TRIES_PER_PRIORITY = 2;

    private static final String PREVIOUS_HOSTS = "envoy.retry_host_predicates.previous_hosts";
    private static final String PREVIOUS_PRIORITIES = "envoy.retry_priorities.previous_priorities";
    private static final Pattern STATUS_CODE = Pattern.compile("[1-5][0-9]{2}");

    private RetryPolicies() {}

    /// @return empty when the user has turned retrying off
    static Optional<RetryPolicy> of(@Nullable HttpRetry retry) {
        if (retry == null) {
            return Optional.of(byDefault());
        }
        var attempts = retry.attempts() == null ? DEFAULT_RETRIES : retry.attempts();
        if (attempts == 0) {
            return Optional.empty();
        }
        var policy = byDefault().toBuilder().setNumRetries(Envoy.number(attempts));
        if (retry.perTryTimeout() != null) {
            policy.setPerTryTimeout(Envoy.duration(retry.perTryTimeout()));
        }
        if (retry.retryOn() != null && !retry.retryOn().isBlank()) {
            conditions(policy, retry.retryOn());
        }
        if (Boolean.FALSE.equals(retry.retryIgnorePreviousHosts())) {
            policy.clearRetryHostPredicate().clearHostSelectionRetryMaxAttempts();
        }
        if (Boolean.TRUE.equals(retry.retryRemoteLocalities())) {
            policy.setRetryPriority(
                    RetryPolicy.RetryPriority.newBuilder()
                            .setName(PREVIOUS_PRIORITIES)
                            .setTypedConfig(
                                    Envoy.any(
                                            PreviousPrioritiesConfig.newBuilder()
                                                    .setUpdateFrequency(TRIES_PER_PRIORITY)
                                                    .build())));
        }
        if (retry.backoff() != null) {
            policy.setRetryBackOff(
                    RetryPolicy.RetryBackOff.newBuilder()
                            .setBaseInterval(Envoy.duration(retry.backoff())));
        }
        return Optional.of(policy.build());
    }

    private static void conditions(RetryPolicy.Builder policy, String retryOn) {
        var conditions = new ArrayList<String>();
        policy.clearRetriableStatusCodes();
        for (var word : Arrays.stream(retryOn.split(",")).map(String::strip).toList()) {
            if (STATUS_CODE.matcher(word).matches()) {
                policy.addRetriableStatusCodes(Integer.parseInt(word));
            } else {
                conditions.add(word);
            }
        }
        if (policy.getRetriableStatusCodesCount() > 0 && !conditions.contains(BY_STATUS)) {
            conditions.add(BY_STATUS);
        }
        policy.setRetryOn(String.join(",", conditions));
    }

    static RetryPolicy byDefault() {
        return RetryPolicy.newBuilder()
                .setRetryOn(DEFAULT_RETRY_ON)
                .setNumRetries(Envoy.number(DEFAULT_RETRIES))
                .addRetriableStatusCodes(503)
                .addRetryHostPredicate(
                        RetryPolicy.RetryHostPredicate.newBuilder()
                                .setName(PREVIOUS_HOSTS)
                                .setTypedConfig(
                                        Envoy.any(PreviousHostsPredicate.getDefaultInstance())))
                .setHostSelectionRetryMaxAttempts(RETRY_HOST_ATTEMPTS)
                .build();
    }
}
