package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.config.Kind;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Kinds as people write them: `VirtualService`, `virtualservices`, `vs`.
final class Kinds {
    private static final Map<String, Kind> SHORT =
            Map.of(
                    "vs", Kind.VIRTUAL_SERVICE,
                    "dr", Kind.DESTINATION_RULE,
                    "gw", Kind.GATEWAY,
                    "se", Kind.SERVICE_ENTRY,
                    "we", Kind.WORKLOAD_ENTRY,
                    "wg", Kind.WORKLOAD_GROUP,
                    "pa", Kind.PEER_AUTHENTICATION,
                    "ra", Kind.REQUEST_AUTHENTICATION,
                    "ap", Kind.AUTHORIZATION_POLICY);

    private Kinds() {}

    static Kind of(String text) {
        var kind = SHORT.get(text.toLowerCase(Locale.ROOT));
        if (kind != null) {
            return kind;
        }
        return Arrays.stream(Kind.values())
                .filter(candidate ->
                        candidate.label().equalsIgnoreCase(text)
                                || candidate.plural().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() ->
                        new Failure(
                                "there is no kind \"" + text + "\"",
                                "use one of "
                                        + Arrays.stream(Kind.values())
                                                .map(Kind::label)
                                                .collect(Collectors.joining(", "))
                                        + " (or vs, dr, gw, se, we, wg, pa)",
                                2));
    }
}
