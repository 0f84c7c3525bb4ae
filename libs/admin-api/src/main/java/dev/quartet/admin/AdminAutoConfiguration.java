package dev.quartet.admin;

import dev.quartet.identity.AdminToken;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.WebhookTls;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.catalina.core.StandardHost;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/// Gives a service its REST admin surface; [StartupDefaults] has the settings that go with it.
@AutoConfiguration(
        beforeName = {
            "org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration",
            "org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration",
            "org.springdoc.core.configuration.SpringDocConfiguration"
        },
        afterName =
                "org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@EnableConfigurationProperties(AdminProperties.class)
@Import({
    StatusController.class,
    LoggersController.class,
    ErrorDocumentController.class,
    ProblemResponses.class
})
public class AdminAutoConfiguration {
    /// Where settings can change in a running service.
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(
            name = "org.springframework.cloud.context.environment.EnvironmentChangeEvent")
    static class WithSpringCloud {
        @Bean
        ChangedSettings changedSettings() {
            return new ChangedSettings();
        }
    }

    @Bean
    @ConditionalOnMissingBean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    Ports ports(AdminProperties properties) {
        return properties.ports();
    }

    @Bean
    ServiceName serviceName(Environment environment) {
        return new ServiceName(
                environment.getProperty("spring.application.name", "service"),
                environment.getProperty("spring.application.version", "dev"));
    }

    @Bean
    @ConditionalOnMissingBean
    LoggingSystem loggingSystem() {
        return LoggingSystem.get(AdminAutoConfiguration.class.getClassLoader());
    }

    @Bean
    AdminToken adminToken(AdminProperties properties) {
        Path file = properties.tokenFile();
        try {
            return AdminToken.loadOrCreate(file);
        } catch (IOException e) {
            throw new StartupFailure(
                    "the admin token in %s cannot be used: %s".formatted(file, e.getMessage()),
                    "correct the file or quartet.admin.token-file; with no file there, a new token is made",
                    e);
        }
    }

    @Bean
    FilterRegistrationBean<Filter> adminGuard(AdminToken token, AdminProperties properties) {
        var hosts = new ArrayList<>(properties.admin().allowedHosts());
        hosts.add(properties.bindAddress());
        return first(new AdminGuard(token::matches, hosts, properties.admin().allowedOrigins()), 0);
    }

    @Bean
    FilterRegistrationBean<Filter> bodyLimit(AdminProperties properties, Clock clock) {
        return first(
                new BodyLimit(
                        properties.admin().maxBodySize().toBytes(),
                        properties.admin().bodyTimeout(),
                        clock),
                1);
    }

    private static FilterRegistrationBean<Filter> first(Filter filter, int place) {
        var registration = new FilterRegistrationBean<Filter>(filter);
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE + place);
        registration.setDispatcherTypes(DispatcherType.REQUEST);
        registration.addUrlPatterns("/*");
        return registration;
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> tomcat() {
        return factory -> {
            factory.addContextCustomizers(context -> {
                if (context.getParent() instanceof StandardHost host) {
                    host.setErrorReportValveClass(ProblemErrorReportValve.class.getName());
                }
            });
            factory.addConnectorCustomizers(
                    connector -> connector.setProperty("acceptorThreadCount", "1"));
        };
    }

    @Bean
    @ConditionalOnBean(ServiceIdentity.class)
    @ConditionalOnMissingBean
    RestTls restTls(ServiceIdentity identity) {
        return new RestTls(WebhookTls.of(identity).context());
    }

    @Bean
    @ConditionalOnProperty("quartet.admin.tls.from-identity")
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> restBySelf(
            ObjectProvider<RestTls> tls) {
        return factory ->
                factory.addConnectorCustomizers(
                        connector -> IdentityConnector.secure(connector, tls::getObject));
    }

    @Bean
    @ConditionalOnProperty("quartet.metrics.port")
    MetricsServer metricsServer(
            PrometheusRegistry registry,
            AdminProperties properties,
            Ports ports,
            ObjectProvider<HealthEndpoint> health) {
        Integer port = properties.metrics().port();
        return new MetricsServer(
                registry,
                new HealthProbes(health::getIfAvailable),
                properties.bindAddress(),
                port == null ? 0 : ports.of(port));
    }

    @Bean
    MeterBinder istioBuild(ServiceName service) {
        return registry ->
                Gauge.builder("istio_build", () -> 1)
                        .description("Component and version of this process")
                        .tags("component", service.name(), "tag", service.version())
                        .register(registry);
    }

    @Bean
    MeterBinder processMemory() {
        return new ProcessMemory(Path.of("/proc/self/status"));
    }

    @Bean
    OpenAPI openApi(ServiceName service) {
        return new OpenAPI()
                .info(
                        new Info()
                                .title("Quartet " + service.name())
                                .version(service.version())
                                .description("REST admin of the " + service.name() + " service"))
                .components(
                        new Components()
                                .addSecuritySchemes(
                                        "adminToken",
                                        new SecurityScheme()
                                                .type(SecurityScheme.Type.HTTP)
                                                .scheme("bearer")
                                                .description(
                                                        "the content of quartet.admin.token-file")))
                .security(List.of(new SecurityRequirement().addList("adminToken")));
    }

    @Bean
    StartLine startLine(
            ServiceName service,
            AdminProperties properties,
            Environment environment,
            ObjectProvider<MetricsServer> metrics) {
        return new StartLine(service, properties, environment, metrics);
    }
}
