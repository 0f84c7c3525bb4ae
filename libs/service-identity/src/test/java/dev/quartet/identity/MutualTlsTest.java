package dev.quartet.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSsl;
import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSslContext;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;

class MutualTlsTest {
    @Test
    void handshakesAreBoringSsls() {
        var tls = new MutualTls(() -> null, List::of, Clock.systemUTC());

        assertThat(OpenSsl.versionString()).isEqualTo("BoringSSL");
        assertThat(tls.server(ClientAuth.REQUIRE)).isInstanceOf(OpenSslContext.class);
        assertThat(tls.client(new SpiffeId("cluster.local", "shop", "reviews")))
                .isInstanceOf(OpenSslContext.class);
    }
}
