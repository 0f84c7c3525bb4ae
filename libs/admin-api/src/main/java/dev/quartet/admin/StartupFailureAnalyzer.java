package dev.quartet.admin;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/// Finds a [StartupFailure], or a port lost between check and bind, however deep Spring has wrapped it.
@Order(Ordered.HIGHEST_PRECEDENCE)
final class StartupFailureAnalyzer implements FailureAnalyzer {
    private final Environment environment;

    StartupFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StartupFailure known) {
                return analysis(known, failure);
            }
            if (cause instanceof PortInUseException lost) {
                return analysis(
                        PortCheck.taken(
                                "server",
                                environment.getProperty("server.address", "127.0.0.1"),
                                lost.getPort()),
                        failure);
            }
        }
        return null;
    }

    private FailureAnalysis analysis(StartupFailure failure, Throwable cause) {
        String service = environment.getProperty("spring.application.name", "the service");
        return new FailureAnalysis(
                service + ": " + Objects.requireNonNullElse(failure.getMessage(), "cannot start"),
                failure.fix(),
                cause);
    }
}
