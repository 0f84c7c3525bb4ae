package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

public record TlsMatchAttributes(
        @Required List<String> sniHosts,
        List<String> destinationSubnets,
        @Nullable Integer port,
        @Nullable String sourceSubnet,
        Map<String, String> sourceLabels,
        List<String> gateways,
        @Nullable String sourceNamespace) {
    public TlsMatchAttributes {
        sniHosts = List.copyOf(sniHosts);
        destinationSubnets = List.copyOf(destinationSubnets);
        sourceLabels = SortedMaps.copyOf(sourceLabels);
        gateways = List.copyOf(gateways);
    }
}
