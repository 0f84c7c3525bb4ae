package dev.quartet.admin.webhook;

import java.util.function.Supplier;

/// Something that must be there before a webhook opens.
///
/// @param words "a certificate from Citadel at …", with the reason where one is known by then
/// @param arrival blocks until it is there
public record Awaited(Supplier<String> words, Arrival arrival) {
    public Awaited(String words, Arrival arrival) {
        this(() -> words, arrival);
    }

    @FunctionalInterface
    public interface Arrival {
        /// @throws IllegalStateException when it will never be there, since the service ends
        void await() throws InterruptedException;
    }
}
