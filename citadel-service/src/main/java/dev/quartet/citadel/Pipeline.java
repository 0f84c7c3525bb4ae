package dev.quartet.citadel;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.PortCheck;
import dev.quartet.admin.Ports;
import dev.quartet.admin.RestTls;
import dev.quartet.admin.StartupFailure;
import dev.quartet.admin.StatusContributor;
import dev.quartet.citadel.authenticate.Authenticator;
import dev.quartet.citadel.authenticate.ForeignTokens;
import dev.quartet.citadel.authorize.Authorizer;
import dev.quartet.citadel.credential.CredentialFolder;
import dev.quartet.citadel.credential.CredentialReader;
import dev.quartet.citadel.credential.Credentials;
import dev.quartet.citadel.credential.Shelf;
import dev.quartet.citadel.csr.CertificateService;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.citadel.issue.IssuedCertificates;
import dev.quartet.citadel.issue.ServingCertificate;
import dev.quartet.citadel.issue.ServingNames;
import dev.quartet.citadel.keep.Keeping;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.citadel.sds.SecretService;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.citadel.token.TokenRefresher;
import dev.quartet.citadel.token.TrustFolder;
import dev.quartet.identity.MutualTls;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.WebhookTls;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/// The stages in flow order; Spring stops here.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(CitadelSettings.class)
class Pipeline {

    @Bean
    CitadelMetrics metrics(PrometheusRegistry registry) {
        return new CitadelMetrics(registry);
    }

    @Bean
    RootAuthority root(
            AdminProperties shared,
            ObjectProvider<Keeping> elsewhere,
            CitadelMetrics metrics,
            Clock clock) {
        var keeping = elsewhere.getIfAvailable();
        try {
            var root =
                    keeping == null
                            ? RootAuthority.loadOrCreate(
                                    shared.stateDir(), shared.trustDomain(), clock)
                            : RootAuthority.loadOrCreate(
                                    keeping.root(), shared.trustDomain(), clock);
            metrics.observeRoot(root::notAfter);
            return root;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    @Bean
    TokenAuthority tokens(AdminProperties shared, ObjectProvider<Keeping> elsewhere, Clock clock) {
        var keeping = elsewhere.getIfAvailable();
        try {
            return keeping == null
                    ? TokenAuthority.loadOrCreate(shared.stateDir(), shared.trustDomain(), clock)
                    : TokenAuthority.loadOrCreate(keeping.tokenKey(), shared.trustDomain(), clock);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private static StartupFailure unusable(IOException e) {
        return new StartupFailure(
                "Citadel's state can't be used: " + e.getMessage(),
                "correct what it says; Citadel never replaces a root or key by itself",
                e);
    }

    @Bean
    IssuedCertificates issued(CitadelSettings settings) {
        return new IssuedCertificates(settings.recentCertificates());
    }

    @Bean
    CertificateIssuer issuer(
            RootAuthority root,
            AdminProperties shared,
            CitadelSettings settings,
            IssuedCertificates issued,
            Clock clock) {
        try {
            return new CertificateIssuer(
                    root,
                    new ServingNames(
                            SpiffeId.citadel(shared.trustDomain()), settings.servingNames()),
                    settings.workloadCertTtl(),
                    settings.maxWorkloadCertTtl(),
                    issued,
                    clock);
        } catch (IllegalArgumentException e) {
            throw new StartupFailure(
                    String.valueOf(e.getMessage()),
                    "set quartet.citadel.workload-cert-ttl and quartet.citadel.max-workload-cert-ttl",
                    e);
        }
    }

    @Bean
    Shelf shelf(CitadelMetrics metrics, Clock clock) {
        return new Shelf(new CredentialReader(clock), metrics);
    }

    @Bean(initMethod = "start", destroyMethod = "close")
    @Conditional(OutsideKubernetes.class)
    CredentialFolder credentialFolder(AdminProperties shared, Shelf shelf) {
        return new CredentialFolder(shared.stateDir().resolve("credentials"), shelf);
    }

    @Bean(initMethod = "start", destroyMethod = "close")
    SecretService secrets(
            AdminProperties shared,
            CertificateIssuer issuer,
            RootAuthority root,
            Credentials credentials,
            CitadelMetrics metrics,
            CitadelSettings settings,
            Clock clock) {
        return new SecretService(
                new Authorizer(shared.trustDomain()),
                issuer,
                root,
                credentials,
                metrics,
                settings.maxStreamAge(),
                clock);
    }

    @Bean
    ServingCertificate serving(AdminProperties shared, CertificateIssuer issuer, Clock clock) {
        return new ServingCertificate(issuer, SpiffeId.citadel(shared.trustDomain()), clock);
    }

    /// For a REST port that is to show Citadel's own certificate.
    @Bean
    RestTls restTls(ServingCertificate serving) {
        return new RestTls(WebhookTls.of(serving::current).context());
    }

    @Bean(initMethod = "start", destroyMethod = "close")
    GrpcDoor grpcDoor(
            AdminProperties shared,
            Ports ports,
            CitadelSettings settings,
            RootAuthority root,
            TokenAuthority tokens,
            ObjectProvider<ForeignTokens> others,
            CertificateIssuer issuer,
            ServingCertificate serving,
            SecretService secrets,
            CitadelMetrics metrics,
            Clock clock) {
        var port = ports.of(settings.grpcPort());
        PortCheck.requireFree("SDS and CSR", shared.bindAddress(), port);
        var certificates =
                new CertificateService(new Authorizer(shared.trustDomain()), issuer, metrics);
        return new GrpcDoor(
                new InetSocketAddress(shared.bindAddress(), port),
                new MutualTls(serving::current, () -> List.of(root.certificate()), clock),
                new Authenticator(tokens, others.getIfAvailable(), metrics, clock),
                List.of(certificates, secrets));
    }

    @Bean(destroyMethod = "close")
    AutoCloseable tokenRefresher(CitadelSettings settings, TokenAuthority tokens, Clock clock) {
        var folder = settings.tokenDir();
        if (folder == null) {
            return () -> {};
        }
        var refresher = new TokenRefresher(new TrustFolder(folder, tokens, clock));
        refresher.start();
        return refresher;
    }

    /// @param sdsStreams open now
    record CitadelStatus(
            String trustDomain,
            Instant rootNotAfter,
            long certificatesIssued,
            int sdsStreams,
            int grpcPort) {}

    @Bean
    StatusContributor citadelStatus(
            AdminProperties shared,
            RootAuthority root,
            IssuedCertificates issued,
            SecretService secrets,
            GrpcDoor door) {
        return StatusContributor.of(
                "authority",
                () ->
                        new CitadelStatus(
                                shared.trustDomain(),
                                root.notAfter(),
                                issued.total(),
                                secrets.openStreams(),
                                door.port()));
    }
}
