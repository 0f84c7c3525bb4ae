package dev.quartet.citadel.authorize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.citadel.authenticate.Caller;
import dev.quartet.citadel.authorize.Decision.Allowed;
import dev.quartet.citadel.authorize.Decision.Refused;
import dev.quartet.identity.SpiffeId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorizerTest {

    private final Authorizer authorizer = new Authorizer("cluster.local");
    private final Caller storefront =
            new Caller(
                    new SpiffeId("cluster.local", "shop", "storefront"),
                    Caller.Proof.TOKEN,
                    Instant.MAX);

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "sidecar~127.1.0.1~storefront-v1-1.shop~shop.svc.cluster.local, shop, storefront",
                "sidecar~127.1.0.1~storefront-v1-1.shop~shop.svc.cluster.local, -, -",
                "sidecar~127.1.0.1~storefront-v1-1~shop.svc.cluster.local, -, -",
                "anything, -, -",
                "'', shop, -"
            })
    void aNodeThatAgreesOrSaysNothingPasses(
            String id, @Nullable String namespace, @Nullable String account) {
        assertThat(authorizer.node(storefront, new Claim(id, namespace, account)))
                .isInstanceOf(Allowed.class);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "sidecar~127.1.0.1~ratings-v1-1.other~other.svc.cluster.local, -, -",
                "sidecar~127.1.0.1~storefront-v1-1.shop~other.svc.cluster.local, -, -",
                "x, other, -",
                "x, shop, ratings",
                "x, '', -"
            })
    void aNodeThatContradictsIsRefused(
            String id, @Nullable String namespace, @Nullable String account) {
        assertThat(authorizer.node(storefront, new Claim(id, namespace, account)))
                .isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "Default",
                "default ",
                "kubernetes://shop-cert",
                "spiffe://cluster.local/ns/shop/sa/ratings"
            })
    void otherSecretsAreRefused(String name) {
        assertThat(authorizer.secret(storefront, name)).isInstanceOf(Refused.class);
    }

    @Test
    void ownSecretsAndCertificateAreAllowed() {
        assertThat(authorizer.secret(storefront, "default")).isInstanceOf(Allowed.class);
        assertThat(authorizer.secret(storefront, "ROOTCA")).isInstanceOf(Allowed.class);
        assertThat(authorizer.certificate(storefront)).isInstanceOf(Allowed.class);
    }

    @Test
    void anotherTrustDomainIsRefused() {
        var foreign =
                new Caller(
                        new SpiffeId("other", "shop", "storefront"),
                        Caller.Proof.CERTIFICATE,
                        Instant.MAX);

        assertThat(authorizer.certificate(foreign)).isInstanceOf(Refused.class);
    }
}
