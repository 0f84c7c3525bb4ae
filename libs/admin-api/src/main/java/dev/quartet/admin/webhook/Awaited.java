package dev.quartet.admin.webhook;

/// Something that must be there before a webhook opens.
///
/// @param what in words: "a certificate from Citadel at …"
/// @param arrival blocks until it is there
public record Awaited(String what, Arrival arrival) {
    @FunctionalInterface
    public interface Arrival {
        /// @throws IllegalStateException when it will never be there, since the service ends
        void await() throws InterruptedException;
    }
}
