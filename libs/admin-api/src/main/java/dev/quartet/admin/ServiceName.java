package dev.quartet.admin;

/// Which service this is (`spring.application.name`: `pilot`, `galley`, `citadel`, `mixer`, `sidecar-injector`), and its version from the jar's manifest (`dev` when run from classes).
public record ServiceName(String name, String version) {}
