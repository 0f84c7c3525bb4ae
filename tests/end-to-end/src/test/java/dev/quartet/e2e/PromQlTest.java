package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PromQlTest {
    @Test
    void namesMetricsAndNothingElse() {
        assertThat(
                        PromQl.metrics(
                                """
                                max by (job, le) (
                                  rate(a_total{reporter="b_total",code=~"5.."}[$__rate_interval])
                                    or sum(c:d:rate5m) by (e) * 1e9)
                                unless on (f) label_replace(up{job=~"x|y"} == 1, "g", "$1", "h", "(.*)") > bool time()
                                """))
                .containsExactly("a_total", "c:d:rate5m", "up");
    }

    @Test
    void fillsVariables() {
        var query = "a{b=\"$one\",c=~\"${two}\"}[$__rate_interval]";

        assertThat(PromQl.variables(query)).containsExactly("__rate_interval", "one", "two");
        assertThat(
                        PromQl.filled(
                                query.replace("${two}", "$two"),
                                Map.of("one", "1", "two", ".*", "__rate_interval", "1m")))
                .isEqualTo("a{b=\"1\",c=~\".*\"}[1m]");
    }
}
