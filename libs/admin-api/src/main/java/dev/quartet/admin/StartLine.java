package dev.quartet.admin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/// One line when the service is up: what it is and where it can be reached.
final class StartLine implements ApplicationListener<ApplicationReadyEvent> {
    private static final Logger LOGGER = LoggerFactory.getLogger(StartLine.class);

    private final ServiceName service;
    private final AdminProperties properties;
    private final Environment environment;
    private final ObjectProvider<MetricsServer> metrics;

    StartLine(
            ServiceName service,
            AdminProperties properties,
            Environment environment,
            ObjectProvider<MetricsServer> metrics) {
        this.service = service;
        this.properties = properties;
        this.environment = environment;
        this.metrics = metrics;
    }

    @Override
    public void onApplicationEvent(ApplicationReadyEvent ready) {
        boolean tls = properties.admin().tls().enabled();
        String address = properties.bindAddress();
        if (!tls && !properties.onLoopback()) {
            LOGGER.atWarn()
                    .addKeyValue("address", address)
                    .log(
                            "REST admin is in plaintext off loopback: the admin token can be read on the wire");
        }
        MetricsServer metricsServer = metrics.getIfAvailable();
        var taken = ready.getTimeTaken();
        LOGGER.atInfo()
                .addKeyValue("service", service.name())
                .addKeyValue("version", service.version())
                .addKeyValue(
                        "rest",
                        "%s://%s:%s"
                                .formatted(
                                        tls ? "https" : "http",
                                        address,
                                        environment.getProperty("local.server.port")))
                .addKeyValue(
                        "metrics",
                        metricsServer == null
                                ? "none"
                                : "http://%s:%d/metrics".formatted(address, metricsServer.port()))
                .addKeyValue("seconds", taken == null ? "unknown" : taken.toMillis() / 1000.0)
                .log("Started");
    }
}
