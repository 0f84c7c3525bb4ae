package dev.quartet.pilot.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuestionTest {
    private static Question of(String url, Map<String, String> headers) {
        return Question.of(url, "", headers, "");
    }

    @ParameterizedTest
    @CsvSource({
        "http://reviews:9080/a?b=c, HTTP, reviews:9080, reviews, 9080, /a?b=c",
        "Reviews.shop, HTTP, Reviews.shop, reviews.shop, 80, /",
        "grpc://reviews/a.B/c, GRPC, reviews, reviews, 80, /a.B/c",
        "https://[fd00::7]/, HTTPS, [fd00::7], fd00::7, 443, /",
        "tcp://10.0.0.7:3306, TCP, 10.0.0.7:3306, 10.0.0.7, 3306, /"
    })
    void readsUrls(
            String url,
            Question.Scheme scheme,
            String authority,
            String host,
            int port,
            String path) {
        var question = of(url, Map.of());

        assertThat(question.scheme()).isEqualTo(scheme);
        assertThat(question.authority()).isEqualTo(authority);
        assertThat(question.host()).isEqualTo(host);
        assertThat(question.port()).isEqualTo(port);
        assertThat(question.path()).isEqualTo(path);
    }

    @Test
    void theHostHeaderIsWhatCounts() {
        var question = of("http://127.0.0.1:8000/", Map.of("Host", "shop.example.com", "X-A", "b"));

        assertThat(question.authority()).isEqualTo("shop.example.com");
        assertThat(question.port()).isEqualTo(8000);
        assertThat(question.headers()).containsOnly(Map.entry("x-a", "b"));
    }

    @Test
    void tlsAsksForTheHostOfTheUrl() {
        assertThat(of("https://WEB.example.com/", Map.of()).sni()).contains("web.example.com");
        assertThat(of("https://10.0.0.7/", Map.of()).sni()).isEmpty();
        assertThat(of("http://web.example.com/", Map.of()).sni()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://reviews/, 'there is no scheme \"ftp\"'",
        "http:///a, 'names no host'",
        "tcp://reviews, 'names no port'",
        "http://reviews:99999/, 'no port of 1 to 65535'",
        "'http://a b/', 'is no URL'"
    })
    void saysWhatIsWrong(String url, String words) {
        assertThatThrownBy(() -> of(url, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(words);
    }
}
