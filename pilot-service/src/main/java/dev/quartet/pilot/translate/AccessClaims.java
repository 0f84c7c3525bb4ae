package dev.quartet.pilot.translate;

import dev.quartet.policy.authorization.TextPattern;
import io.envoyproxy.envoy.type.matcher.v3.ListMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.OrMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.util.ArrayList;
import java.util.List;

/// Matchers of what filters before have found: the claims of verified tokens, by issuer, and others' metadata.
final class AccessClaims {
    private AccessClaims() {}

    static MetadataMatcher matcher(String filter, List<String> path, ValueMatcher value) {
        var matcher = MetadataMatcher.newBuilder().setFilter(filter).setValue(value);
        path.forEach(key -> matcher.addPath(MetadataMatcher.PathSegment.newBuilder().setKey(key)));
        return matcher.build();
    }

    static ValueMatcher text(TextPattern pattern) {
        return ValueMatcher.newBuilder().setStringMatch(AccessMatchers.text(pattern)).build();
    }

    /// A text or an item of a list that is one of the values; of other types what is written as one of them.
    static ValueMatcher value(List<String> values) {
        var any = new ArrayList<ValueMatcher>();
        for (var value : values) {
            var pattern = TextPattern.of(value);
            if (pattern instanceof TextPattern.Present) {
                any.add(ValueMatcher.newBuilder().setPresentMatch(true).build());
                continue;
            }
            var text = text(pattern);
            any.add(text);
            any.add(
                    ValueMatcher.newBuilder()
                            .setListMatch(ListMatcher.newBuilder().setOneOf(text))
                            .build());
            if (value.equals("true") || value.equals("false")) {
                any.add(ValueMatcher.newBuilder().setBoolMatch(value.equals("true")).build());
            } else if (value.matches("-?[0-9]{1,15}(\\.[0-9]{1,9})?")) {
                any.add(
                        ValueMatcher.newBuilder()
                                .setDoubleMatch(
                                        io.envoyproxy.envoy.type.matcher.v3.DoubleMatcher
                                                .newBuilder()
                                                .setExact(Double.parseDouble(value)))
                                .build());
            }
        }
        return any.size() == 1
                ? any.getFirst()
                : ValueMatcher.newBuilder()
                        .setOrMatch(OrMatcher.newBuilder().addAllValueMatchers(any))
                        .build();
    }

    /// What the subject must be so that `<issuer>/<subject>` matches; any of them.
    static List<TextPattern> subjects(TextPattern pattern, String issuer) {
        var before = issuer + "/";
        return switch (pattern) {
            case TextPattern.Present() -> List.of(pattern);
            case TextPattern.Exact(var text) ->
                    text.startsWith(before) && text.length() > before.length()
                            ? List.of(new TextPattern.Exact(text.substring(before.length())))
                            : List.of();
            case TextPattern.Prefix(var text) -> {
                if (before.startsWith(text)) {
                    yield List.of(new TextPattern.Present());
                }
                yield text.startsWith(before)
                        ? List.of(new TextPattern.Prefix(text.substring(before.length())))
                        : List.of();
            }
            case TextPattern.Suffix(var text) -> {
                var ends = new ArrayList<TextPattern>();
                ends.add(pattern);
                for (int i = 1; i < text.length(); i++) {
                    if (before.endsWith(text.substring(0, i))) {
                        ends.add(new TextPattern.Exact(text.substring(i)));
                    }
                }
                yield ends;
            }
        };
    }
}
