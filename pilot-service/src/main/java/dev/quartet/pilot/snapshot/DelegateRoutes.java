package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.Visibility;
import java.util.SortedSet;

/// A VirtualService without hosts: its routes are in force where a route of another one hands over to it.
///
/// @param visibility which namespaces may hand over to it
/// @param destinations hosts that it sends to
public record DelegateRoutes(
        Resource<VirtualService> routes, Visibility visibility, SortedSet<String> destinations) {}
