package dev.quartet.bookshop;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The service that a process plays.
enum Role {
    STOREFRONT,
    DETAILS,
    REVIEWS,
    RATINGS;

    String service() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Role> of(String service) {
        return Arrays.stream(values()).filter(role -> role.service().equals(service)).findFirst();
    }

    static String list() {
        return Arrays.stream(values()).map(Role::service).collect(Collectors.joining(", "));
    }
}
