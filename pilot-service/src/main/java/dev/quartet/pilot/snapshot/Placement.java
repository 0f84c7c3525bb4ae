package dev.quartet.pilot.snapshot;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/// What of workloads' places can matter to clients.
///
/// @param located whether any workload's region is known
/// @param gateways by network; a network without is none to walk around
/// @param labels keys that some `failoverPriority` compares
public record Placement(
        boolean located, Map<String, List<Networks.Gateway>> gateways, SortedSet<String> labels) {}
