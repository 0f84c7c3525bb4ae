package dev.quartet.pilot.node;

/// Told when proxies come and go. Called on the thread of the stream; must not block.
public interface ProxyListener {
    void connected(Proxy proxy);

    void disconnected(Proxy proxy);
}
