package dev.quartet.config.networking;

import org.jspecify.annotations.Nullable;

/// Changes to the headers on the way to the service (`request`) and back (`response`).
public record Headers(@Nullable HeaderOperations request, @Nullable HeaderOperations response) {}
