package dev.quartet.injector.render;

import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// What the annotation `proxy.istio.io/config`, a text of YAML, says of the pod's proxy: of `proxyMetadata` what Pilot understands. The
/// annotation's form is that of Istio's ProxyConfig.
///
/// @param metadata of the node, without the prefix `ISTIO_META_`
/// @param unknown fields that nothing here reads, as paths
record ProxyConfig(SortedMap<String, String> metadata, List<String> unknown) {
    static final String ANNOTATION = "proxy.istio.io/config";
    private static final String METADATA = "proxyMetadata";
    private static final String PREFIX = "ISTIO_META_";

    private record Known(Pattern form, String fix) {}

    private static final Map<String, Known> KNOWN =
            Map.of(
                    "HTTP10", new Known(Pattern.compile("[01]"), "give \"1\" or \"0\""),
                    "IDLE_TIMEOUT",
                            new Known(
                                    Pattern.compile("0|([0-9]{1,9}(\\.[0-9]{1,3})?(h|m|s|ms))+"),
                                    "give a duration like 30s or 1h30m"));

    /// @throws InvalidPodException for what is no YAML, or a value that cannot be meant
    static ProxyConfig of(Pod pod) {
        var text = pod.annotations().getOrDefault(ANNOTATION, "");
        var metadata = new TreeMap<String, String>();
        var unknown = new ArrayList<String>();
        read(text)
                .forEach((field, value) -> {
                    if (!field.equals(METADATA)) {
                        unknown.add(String.valueOf(field));
                    } else if (value instanceof Map<?, ?> entries) {
                        entries.forEach(
                                (name, it) -> add(String.valueOf(name), it, metadata, unknown));
                    } else {
                        throw refused(METADATA, String.valueOf(value), "give names and values");
                    }
                });
        return new ProxyConfig(metadata, List.copyOf(unknown));
    }

    private static void add(
            String name, Object value, SortedMap<String, String> metadata, List<String> unknown) {
        var known = name.startsWith(PREFIX) ? KNOWN.get(name.substring(PREFIX.length())) : null;
        if (known == null) {
            unknown.add(METADATA + "." + name);
            return;
        }
        if (!known.form().matcher(String.valueOf(value)).matches()) {
            throw refused(METADATA + "." + name, String.valueOf(value), known.fix());
        }
        metadata.put(name.substring(PREFIX.length()), String.valueOf(value));
    }

    private static Map<?, ?> read(String text) {
        try {
            var settings =
                    LoadSettings.builder()
                            .setAllowDuplicateKeys(false)
                            .setMaxAliasesForCollections(0)
                            .build();
            return switch (new Load(settings).loadFromString(text)) {
                case null -> Map.of();
                case Map<?, ?> fields -> fields;
                default -> throw refused("", text, "give fields as YAML");
            };
        } catch (YamlEngineException broken) {
            throw refused("", text, "it is no YAML: " + broken.getMessage());
        }
    }

    private static InvalidPodException refused(String field, String value, String fix) {
        return PodAnnotations.refused(
                ANNOTATION, field.isEmpty() ? value : field + ": " + value, fix);
    }
}
