package dev.quartet.pilot.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KubeconfigTest {
    private static String kubeconfig(String cluster, String user) {
        return """
        apiVersion: v1
        kind: Config
        current-context: east
        contexts: [{name: east, context: {cluster: east, user: pilot}}]
        clusters: [{name: east, cluster: {%s}}]
        users: [{name: pilot, user: {%s}}]
        """
                .formatted(cluster, user);
    }

    @Test
    void takesServerAuthorityAndToken() throws Exception {
        var config =
                Kubeconfig.read(
                        kubeconfig(
                                "server: 'https://east.example:6443', certificate-authority-data: QUJD",
                                "token: abc"));

        assertThat(config.getMasterUrl()).startsWith("https://east.example:6443");
        assertThat(config.getCaCertData()).isEqualTo("QUJD");
        assertThat(config.getOauthToken()).isEqualTo("abc");
        assertThat(config.isTrustCerts()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server: 'https://e:1' | exec: {apiVersion: v1, command: touch, args: [/tmp/x]} | exec runs a program",
                "server: 'https://e:1' | auth-provider: {name: gcp} | auth-provider",
                "server: 'https://e:1' | tokenFile: /var/run/secrets/quartet/token | tokenFile is a path",
                "server: 'https://e:1' | client-certificate: /a, client-key: /b | client-certificate is a path",
                "server: 'https://e:1' | username: a, password: b | username and password",
                "server: 'https://e:1' | token: t, as: admin | as is not supported",
                "server: 'https://e:1' | client-key-data: QQ== | neither token nor",
                "server: 'http://e:1' | token: t | https",
                "server: 'https://e:1', insecure-skip-tls-verify: true | token: t | trusts any server",
                "server: 'https://e:1', certificate-authority: /a | token: t | certificate-authority is a path",
                "server: 'https://e:1', proxy-url: 'http://p' | token: t | proxy-url",
            })
    void refusesWhatReachesBeyondTheFile(String cluster, String user, String words) {
        assertThatThrownBy(() -> Kubeconfig.read(kubeconfig(cluster, user)))
                .isInstanceOf(Kubeconfig.Refused.class)
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @CsvSource({"''", "just words", "[1]", "'current-context: a'", "'contexts: 1'"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> Kubeconfig.read(text))
                .isInstanceOf(Kubeconfig.Refused.class)
                .hasMessageMatching("(it is no kubeconfig|current-context names no).*");
    }
}
