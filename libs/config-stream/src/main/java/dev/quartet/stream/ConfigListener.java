package dev.quartet.stream;

/// Takes each whole revision as it becomes complete.
@FunctionalInterface
public interface ConfigListener {
    /// Called by one thread at a time, the newest revision last; revisions between may be left out. A slow
    /// listener delays neither ACKs nor the stream. Once, before [ConfigStream#start] returns, it is called with the
    /// snapshot from disk when there is one.
    void onSnapshot(ConfigSnapshot snapshot);
}
