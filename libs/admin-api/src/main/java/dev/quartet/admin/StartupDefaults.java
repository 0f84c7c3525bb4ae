package dev.quartet.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/// Spring properties that follow from Quartet's own. `quartet-derived` wins over everything (ports with their offset, the bind address, TLS, actuator endpoints that are never on),
/// `quartet-kubernetes` (with the profile of that name) and `quartet-defaults` lose against everything (lean Tomcat, problem details, log pattern).
/// Never fails: what is wrong is said by [StartupChecks], once logging works.
final class StartupDefaults implements EnvironmentPostProcessor, Ordered {
    /// Compact: time, level, class, message, keys. Control signs are replaced, so that no header or name can forge a line (hardening case 32).
    static final String LOG_PATTERN =
            "%d{HH:mm:ss.SSS} %clr(%-5level) %clr(%-20.-20logger{0}){cyan} %replace(%msg %kvp){'\\p{Cntrl}', '?'}%n%throwable";

    @Override
    public void postProcessEnvironment(
            ConfigurableEnvironment environment, SpringApplication application) {
        if (application.getWebApplicationType() != WebApplicationType.SERVLET) {
            return;
        }
        if (environment.matchesProfiles(KUBERNETES)) {
            environment
                    .getPropertySources()
                    .addLast(new MapPropertySource("quartet-kubernetes", inKubernetes()));
        }
        environment
                .getPropertySources()
                .addLast(new MapPropertySource("quartet-defaults", defaults(environment)));
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("quartet-derived", derived(environment)));
    }

    private static final String KUBERNETES = "kubernetes";

    private static Map<String, Object> defaults(ConfigurableEnvironment environment) {
        var defaults = new LinkedHashMap<String, Object>();
        defaults.put(
                "quartet.state-dir",
                ".mesh/state/" + environment.getProperty("spring.application.name", "service"));

        defaults.put("spring.main.banner-mode", "off");
        defaults.put("spring.main.log-startup-info", "false");
        defaults.put(
                "spring.main.keep-alive", "true"); // virtual threads alone don't keep a JVM alive
        defaults.put("spring.threads.virtual.enabled", "true");
        defaults.put("spring.jmx.enabled", "false");
        defaults.put("spring.servlet.multipart.enabled", "false");
        defaults.put("spring.web.resources.add-mappings", "false");
        defaults.put("spring.mvc.log-resolved-exception", "false");
        defaults.put("spring.jackson.deserialization.fail-on-unknown-properties", "true");
        defaults.put("spring.lifecycle.timeout-per-shutdown-phase", "5s");

        defaults.put("server.shutdown", "graceful");
        defaults.put("server.tomcat.connection-timeout", "20s");
        defaults.put("server.tomcat.max-connections", "512");
        defaults.put("server.tomcat.accept-count", "64");
        defaults.put("server.tomcat.processor-cache", "16");
        defaults.put("server.tomcat.max-http-form-post-size", "64KB");
        defaults.put("server.tomcat.mbeanregistry.enabled", "false");

        defaults.put("management.endpoints.web.exposure.include", "health");
        defaults.put("management.endpoints.web.discovery.enabled", "false");
        defaults.put("management.endpoint.health.probes.enabled", "true");
        defaults.put("management.endpoint.health.show-details", "never");
        defaults.put("management.health.diskspace.enabled", "false");
        defaults.put("management.health.ssl.enabled", "false");

        defaults.put("springdoc.api-docs.path", "/v3/api-docs");
        defaults.put("springdoc.show-actuator", "false");
        defaults.put("springdoc.writer-with-order-by-keys", "true");
        defaults.put("springdoc.default-produces-media-type", "application/json");
        defaults.put("springdoc.enable-kotlin", "false");
        defaults.put("springdoc.enable-groovy", "false");
        defaults.put("springdoc.enable-hateoas", "false");
        defaults.put("springdoc.enable-data-rest", "false");
        defaults.put("springdoc.enable-spring-security", "false");

        defaults.put("logging.pattern.console", LOG_PATTERN);
        defaults.put("logging.level.org.springframework", "WARN");
        defaults.put("logging.level.org.apache", "WARN");
        defaults.put("logging.level.org.springdoc", "ERROR");
        defaults.put("logging.level.io.grpc", "WARN");
        defaults.put(
                "logging.level.org.springframework.web.servlet.PageNotFound",
                "ERROR"); // the client is told
        // What these say about a failed start is said once, in plain words, by
        // StderrFailureReporter.
        defaults.put(
                "logging.level.org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter",
                "OFF");
        defaults.put("logging.level.org.springframework.boot.autoconfigure.logging", "ERROR");
        defaults.put(
                "logging.level.org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext",
                "ERROR");
        defaults.put("logging.level.org.apache.catalina.core.StandardService", "OFF");
        defaults.put("logging.level.org.springframework.boot.tomcat.servlet", "OFF");
        return defaults;
    }

    /// What `k8s/` has for every service: where it finds its mounts and the others.
    private static Map<String, Object> inKubernetes() {
        return Map.of(
                "spring.main.cloud-platform", KUBERNETES,
                "quartet.bind-address", "0.0.0.0",
                "quartet.state-dir", "/var/lib/quartet",
                "quartet.admin.tls.from-identity", "true",
                "quartet.identity.token-file", "/var/run/secrets/quartet/token",
                "quartet.identity.root-cert-file", "/var/run/secrets/quartet/root-cert.pem",
                "quartet.identity.citadel-address", "istio-citadel.istio-system.svc:8060",
                "quartet.galley.address", "istio-galley.istio-system.svc:9901");
    }

    private static Map<String, Object> derived(ConfigurableEnvironment environment) {
        var derived = new LinkedHashMap<String, Object>();
        derived.put("server.address", environment.getProperty("quartet.bind-address", "127.0.0.1"));
        int base = number(environment, "server.port", 8080);
        int offset = number(environment, "quartet.port-offset", 0);
        if (base > 0 && offset > 0 && base + offset <= 65_535) {
            derived.put("server.port", base + offset);
        }
        String certificate = environment.getProperty("quartet.admin.tls.certificate-file");
        String key = environment.getProperty("quartet.admin.tls.key-file");
        if (certificate != null && key != null) {
            String bundle = "spring.ssl.bundle.pem.quartet-admin.";
            derived.put(bundle + "keystore.certificate", "file:" + certificate);
            derived.put(bundle + "keystore.private-key", "file:" + key);
            derived.put(bundle + "reload-on-update", "true");
            derived.put(bundle + "options.enabled-protocols", "TLSv1.2,TLSv1.3");
            derived.put("server.ssl.bundle", "quartet-admin");
        }
        for (String endpoint : new String[] {"env", "heapdump", "shutdown", "configprops"}) {
            derived.put("management.endpoint." + endpoint + ".access", "none");
        }
        return derived;
    }

    private static int number(ConfigurableEnvironment environment, String property, int otherwise) {
        try {
            return Integer.parseInt(
                    environment.getProperty(property, Integer.toString(otherwise)).strip());
        } catch (NumberFormatException e) {
            return otherwise; // StartupChecks names it
        }
    }

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE; // after the configuration files are read
    }
}
