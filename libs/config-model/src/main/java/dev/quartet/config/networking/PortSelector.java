package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;

public record PortSelector(@Required Integer number) {}
