package dev.quartet.pilot.snapshot;

import java.util.SortedSet;

/// Where a host is that has an issuer's keys, and is no service.
///
/// @param addresses IP addresses that proxies may ask
/// @param refused private ones, which they may not
public record IssuerServer(SortedSet<String> addresses, SortedSet<String> refused) {}
