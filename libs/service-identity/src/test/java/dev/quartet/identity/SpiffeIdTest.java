package dev.quartet.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quartet.identity.testing.TestAuthority;
import java.time.Clock;
import java.time.Duration;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpiffeIdTest {

    @Test
    void readsAndWritesTheSameText() {
        var id = SpiffeId.parse("spiffe://cluster.local/ns/shop/sa/storefront");

        assertThat(id).isEqualTo(new SpiffeId("cluster.local", "shop", "storefront"));
        assertThat(id.uri())
                .isEqualTo("spiffe://cluster.local/ns/shop/sa/storefront")
                .isEqualTo(id.toString());
        assertThat(SpiffeId.ofAccount("cluster.local", id.account())).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "spiffe://",
                "http://cluster.local/ns/shop/sa/a",
                "SPIFFE://cluster.local/ns/shop/sa/a",
                "spiffe://Cluster.local/ns/shop/sa/a",
                "spiffe://cluster.local:80/ns/shop/sa/a",
                "spiffe://user@cluster.local/ns/shop/sa/a",
                "spiffe://cluster.local/ns/shop/sa/a/",
                "spiffe://cluster.local/ns/shop/sa/a?x",
                "spiffe://cluster.local/ns/shop/sa/a#x",
                "spiffe://cluster.local/ns//sa/a",
                "spiffe://cluster.local/ns/shop/sa/",
                "spiffe://cluster.local/ns/sh%6fp/sa/a",
                "spiffe://cluster.local/ns/../sa/a",
                "spiffe://cluster.local/ns/a..b/sa/a",
                "spiffe://cluster.local/ns/shop/sa/Storefront",
                "spiffe://cluster.local/ns/shop/sa/st\nore",
                "spiffe://cluster.local/ns/shop/sa/störe",
                "spiffe://cluster.local/sa/a/ns/shop"
            })
    void refusesEveryOtherSpelling(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> SpiffeId.parse(text));
    }

    @Test
    void refusalShowsNoControlCharacters() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SpiffeId.parse("spiffe://a\r\n\u001b[31mERROR"))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "\u001b"));
    }

    @Test
    void readsTheOneUriNameOfACertificate() {
        var authority = new TestAuthority(Clock.systemUTC());
        var id = SpiffeId.parse("spiffe://cluster.local/ns/shop/sa/storefront");
        var key = KeyMaterial.newKeyPair().getPublic();

        assertThat(SpiffeId.of(authority.sign(id, key, Duration.ofMinutes(1)))).isEqualTo(id);
        assertThatIllegalArgumentException().isThrownBy(() -> SpiffeId.of(authority.root()));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        SpiffeId.of(
                                authority.sign(
                                        "https://example.com",
                                        key,
                                        Duration.ofMinutes(1),
                                        KeyPurposeId.id_kp_clientAuth)));
    }
}
