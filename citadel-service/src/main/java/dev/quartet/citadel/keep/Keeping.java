package dev.quartet.citadel.keep;

/// Where a Citadel without a disk of its own keeps what makes it this mesh's.
public record Keeping(KeptSecret root, KeptSecret tokenKey) {}
