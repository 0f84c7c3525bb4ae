package dev.quartet.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A workload that is half known: its namespace, some labels, no owner.
class KnowledgeTest {
    private static final Knowledge KNOWN =
            Knowledge.builder()
                    .known("destination.namespace", "shop")
                    .known("source.labels", Map.of("app", "a"))
                    .known("request.size", "of the wrong type")
                    .absent("destination.owner")
                    .absent("source.metadata")
                    .knownEntry("destination.labels", "app", "reviews")
                    .absentEntry("destination.labels", "tier")
                    .build();

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '^',
            value = {
                "destination.namespace == \"shop\" # true",
                "destination.owner | \"nobody\" # nobody",
                "destination.owner == \"x\" # failed: destination.owner has no value; give a default with |",
                "destination.labels[\"app\"] # reviews",
                "destination.labels[\"tier\"] | \"none\" # none",
                "destination.labels[\"version\"] | \"none\" # open: destination.labels[\"version\"] | \"none\"",
                "destination.labels[\"app\"] == \"x\" && request.path == \"/\" # false",
                "request.path == \"/\" && destination.labels[\"app\"] == \"x\" # false",
                "request.path == \"/\" || destination.labels[\"app\"] == \"reviews\" # true",
                "request.path == \"/\" && destination.labels[\"app\"] == \"reviews\" # open: request.path == \"/\"",
                "request.path == \"/\" && destination.owner == \"x\" # false",
                "request.path == \"/\" || destination.owner == \"x\" # open: request.path == \"/\" || destination.owner == \"x\"",
                "!(destination.namespace == request.host) # open: !(\"shop\" == request.host)",
                "source.labels[\"app\"] # a",
                "source.labels[\"b\"] | \"none\" # none",
                "source.metadata[\"b\"] | \"none\" # none",
                "source.labels[request.host] # open: source.labels[request.host]",
                "source.labels[destination.namespace] | \"none\" # none",
                "size(source.labels) # 1",
                "size(destination.labels) # open: size(destination.labels)",
                "request.path | destination.namespace | request.host # open: request.path | \"shop\"",
                "destination.owner | request.path | \"x\" # open: request.path | \"x\"",
                "conditional(destination.namespace == \"shop\", request.host, \"x\") # open: request.host",
                "conditional(connection.mtls, destination.namespace, \"x\") # open: conditional(connection.mtls, \"shop\", \"x\")",
                "request.size > 5 # failed: request.size should be of type INT64, but the request has a String",
                "(request.path + destination.namespace).startsWith(\"/\") # open: (request.path + \"shop\").startsWith(\"/\")",
                "\"^s\".matches(destination.namespace) # true",
            })
    void settlesWhatItCan(String text, String expected) throws ExpressionException {
        var actual =
                switch (Expression.compile(text, AttributeVocabulary.standard())
                        .evaluatePartially(KNOWN)) {
                    case PartialResult.Known(var value) -> ValueType.text(value);
                    case PartialResult.Unknown(var residual) -> "open: " + residual;
                    case PartialResult.Failed(var error) -> "failed: " + error.getMessage();
                };

        assertThat(actual).isEqualTo(expected);
    }
}
