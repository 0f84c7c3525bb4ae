package dev.quartet.pilot;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// A case's input: a first document that sets the scene, then what the user writes.
///
/// ```yaml
/// # what the case shows
/// proxy: storefront-v1          # whose config is shown: a workload, or `gateway`
/// show: [rds]                   # the types
/// only: http_proxy              # a pattern for names; all when left out
/// workloads: [reviews-v1]       # more sidecars that are connected
/// interception: REDIRECT        # NONE when left out
/// ```
///
/// @param proxies all connected proxies, the shown one too
public record Scene(
        Proxy proxy, Proxy[] proxies, List<XdsType> shown, String only, ConfigSnapshot config) {

    public static Scene read(String text) {
        var end = text.indexOf("\n---\n");
        var head =
                (Map<?, ?>)
                        new Load(LoadSettings.builder().build())
                                .loadFromString(text.substring(0, end));
        var interception =
                head.get("interception") instanceof String mode
                        ? Proxy.Interception.valueOf(mode)
                        : Proxy.Interception.NONE;
        var name = (String) Objects.requireNonNull(head.get("proxy"));
        var proxy =
                name.equals("gateway")
                        ? Meshes.gateway()
                        : Meshes.sidecar(name, "127.1.0.1", interception);
        var proxies = new ArrayList<>(List.of(proxy));
        if (head.get("workloads") instanceof List<?> others) {
            for (var other : others) {
                proxies.add(
                        Meshes.sidecar(
                                (String) other, "127.1.0." + (proxies.size() + 1), interception));
            }
        }
        var shown =
                ((List<?>) Objects.requireNonNull(head.get("show")))
                        .stream()
                                .map(type ->
                                        XdsType.valueOf(((String) type).toUpperCase(Locale.ROOT)))
                                .toList();
        var only = head.get("only") instanceof String pattern ? pattern : ".*";
        return new Scene(
                proxy,
                proxies.toArray(Proxy[]::new),
                shown,
                only,
                Meshes.config("golden", text.substring(end + 5)));
    }
}
