package dev.quartet.admin;

import java.util.function.Supplier;

/// One section of `GET /admin/v1/status`: a bean of the service that owns the facts (certificate, config revision and its age, connected proxies …).
public interface StatusContributor {

    /// The section's key in the JSON, e.g. `identity`, `config`; unique within a service.
    String name();

    /// The section's value: a record or map that Jackson writes. Called per request, from any thread, and must not block. Never holds a secret.
    Object status();

    /// A section from a function.
    static StatusContributor of(String name, Supplier<Object> status) {
        return new StatusContributor() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Object status() {
                return status.get();
            }
        };
    }
}
