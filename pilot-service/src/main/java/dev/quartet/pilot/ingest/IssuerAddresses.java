package dev.quartet.pilot.ingest;

import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// Where the hosts are that have the keys of issuers.
///
/// @param byHost those that have been found
public record IssuerAddresses(SortedMap<String, Found> byHost) {
    public static final IssuerAddresses NONE = new IssuerAddresses(Collections.emptySortedMap());

    public IssuerAddresses {
        byHost = Collections.unmodifiableSortedMap(new TreeMap<>(byHost));
    }

    /// @param addresses IP addresses that proxies may ask
    /// @param refused private ones, which they may not
    public record Found(SortedSet<String> addresses, SortedSet<String> refused) {
        public Found {
            addresses = Collections.unmodifiableSortedSet(new TreeSet<>(addresses));
            refused = Collections.unmodifiableSortedSet(new TreeSet<>(refused));
        }
    }
}
