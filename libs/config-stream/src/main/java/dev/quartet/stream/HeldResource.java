package dev.quartet.stream;

import dev.quartet.config.Resource;

/// A resource with its wire form: what Galley called it and its version, as the next subscription repeats them.
record HeldResource(dev.quartet.wire.mcp.Resource wire, Resource<?> resource) {
    String name() {
        return wire.getMetadata().getName();
    }

    String version() {
        return wire.getMetadata().getVersion();
    }
}
