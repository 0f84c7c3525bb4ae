package dev.quartet.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What runs for every request makes no garbage, also when attributes are absent.
class AllocationTest {
    private static final int TIMES = 20_000;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "source.labels[\"app\"] == \"x\" && request.path.startsWith(\"/a\")",
                "source.labels[\"none\"] == \"x\" || request.path == \"/b\"",
                "(context.protocol == \"http\" || context.protocol == \"grpc\") "
                        + "&& !match(request.headers[\"user-agent\"] | \"-\", \"kube-probe*\")",
                "response.code >= 500 && response.duration < \"1s\"",
                "conditional((context.reporter.kind | \"inbound\") == \"outbound\", \"source\", \"destination\") == \"x\"",
                "request.host == \"absent\"",
            })
    void evaluatesWithoutGarbage(String text) throws ExpressionException {
        var expression = Expression.compile(text, AttributeVocabulary.standard());
        var bag =
                Attributes.of(
                        Map.of(
                                "source.labels",
                                Map.of("app", "x"),
                                "request.path",
                                "/ab",
                                "context.protocol",
                                "http",
                                "response.code",
                                503L,
                                "response.duration",
                                java.time.Duration.ofMillis(5)));
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (var i = 0; i < TIMES; i++) {
            expression.holds(bag);
        }

        var before = threads.getCurrentThreadAllocatedBytes();
        for (var i = 0; i < TIMES; i++) {
            expression.holds(bag);
        }
        var bytes = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(bytes).as("bytes of %d evaluations", TIMES).isLessThan(TIMES / 2);
    }
}
