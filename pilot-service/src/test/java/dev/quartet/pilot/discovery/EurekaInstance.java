package dev.quartet.pilot.discovery;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/// One instance of an application that registers itself with Spring Cloud's Eureka client, renews each second, and is taken
/// out when it is closed.
public final class EurekaInstance implements AutoCloseable {
    private final ConfigurableApplicationContext context;

    @EnableAutoConfiguration(
            excludeName = {
                "dev.quartet.admin.AdminAutoConfiguration",
                "dev.quartet.admin.mesh.CertificateMetrics"
            })
    static class Application {}

    private EurekaInstance(ConfigurableApplicationContext context) {
        this.context = context;
    }

    public static EurekaInstance start(
            EurekaServerProcess server,
            String service,
            String id,
            String address,
            int port,
            Map<String, String> metadata,
            String... more) {
        var arguments = new ArrayList<String>();
        arguments.addAll(
                List.of(
                        "--spring.config.name=eureka-instance",
                        "--spring.cloud.kubernetes.enabled=false",
                        "--spring.main.banner-mode=off",
                        "--spring.jmx.enabled=false",
                        "--logging.level.root=WARN",
                        "--logging.level.com.netflix=OFF",
                        "--logging.level.dev.quartet=INFO", // one JVM, one logging system
                        "--spring.application.name=" + service,
                        "--eureka.client.service-url.defaultZone=" + server.url(),
                        "--eureka.client.initial-instance-info-replication-interval-seconds=0",
                        "--eureka.client.jersey.enabled=false",
                        "--eureka.instance.instance-id=" + id,
                        "--eureka.instance.hostname=" + id + ".invalid",
                        "--eureka.instance.ip-address=" + address,
                        "--eureka.instance.non-secure-port=" + port,
                        "--eureka.instance.lease-renewal-interval-in-seconds=1",
                        "--eureka.instance.lease-expiration-duration-in-seconds=4"));
        metadata.forEach((key, value) ->
                arguments.add("--eureka.instance.metadata-map[%s]=%s".formatted(key, value)));
        arguments.addAll(List.of(more));
        return new EurekaInstance(
                new SpringApplicationBuilder(Application.class)
                        .web(WebApplicationType.NONE)
                        .run(arguments.toArray(String[]::new)));
    }

    @Override
    public void close() {
        context.close();
    }
}
