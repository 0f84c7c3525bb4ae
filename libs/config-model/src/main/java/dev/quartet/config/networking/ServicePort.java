package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import org.jspecify.annotations.Nullable;

/// @param protocol one of [Protocol], in any case
/// @param targetPort where the workloads listen; `number` when unset
public record ServicePort(
        @Required Integer number,
        @Nullable String protocol,
        @Required String name,
        @Nullable Integer targetPort) {}
