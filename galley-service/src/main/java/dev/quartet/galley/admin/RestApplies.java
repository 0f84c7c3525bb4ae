package dev.quartet.galley.admin;

/// Whether REST takes config, or only judges it.
public record RestApplies(boolean taken) {}
