package dev.quartet.galley.mcp;

/// Told of what happens between Galley and its sinks, for metrics. Called from gRPC's threads; must not block.
public interface McpObserver {
    void sinks(int connected);

    void sent(String collection, int sizeBytes);

    void acknowledged(String collection);

    void refused(String collection);

    void streamFailed();
}
