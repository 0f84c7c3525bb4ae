package dev.quartet.policy;

/// The settings of a handler, typed by its adapter.
public sealed interface AdapterConfig permits Denier, Prometheus {
    Adapter adapter();
}
