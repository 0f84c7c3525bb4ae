package dev.quartet.pilot.node;

import java.util.List;

/// Where a workload or a proxy is: each part is empty where it is not known, and then those after it are too, but for the network.
///
/// @param network one whose workloads reach each other without a gateway
public record Place(String region, String zone, String subzone, String network) {
    public static final Place UNKNOWN = new Place("", "", "", "");

    /// @param locality `region/zone/subzone`, of which the last ones may be missing
    public static Place of(String locality, String network) {
        var parts = List.of(locality.strip().split("/", 4));
        return new Place(part(parts, 0), part(parts, 1), part(parts, 2), network);
    }

    private static String part(List<String> parts, int number) {
        return number < parts.size() ? parts.get(number) : "";
    }

    /// Whether its region is known.
    public boolean isLocated() {
        return !region.isEmpty();
    }

    /// `region/zone/subzone`, up to what is known.
    public String locality() {
        return subzone.isEmpty()
                ? zone.isEmpty() ? region : region + "/" + zone
                : region + "/" + zone + "/" + subzone;
    }

    public Place in(String other) {
        return other.equals(network) ? this : new Place(region, zone, subzone, other);
    }

    /// What it does not know, the other one says.
    public Place or(Place other) {
        var located = isLocated() ? this : other;
        return located.in(network.isEmpty() ? other.network : network);
    }
}
