package dev.quartet.citadel.issue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The last certificates given out, newest first, in memory. Thread-safe.
public final class IssuedCertificates {

    private final int capacity;
    private final Deque<IssuedCertificate> newestFirst = new ArrayDeque<>();
    private long total;

    public IssuedCertificates(int capacity) {
        this.capacity = capacity;
    }

    synchronized void add(IssuedCertificate certificate) {
        total++;
        newestFirst.addFirst(certificate);
        if (newestFirst.size() > capacity) {
            newestFirst.removeLast();
        }
    }

    /// At most `limit` of them.
    public synchronized List<IssuedCertificate> newest(int limit) {
        var some = new ArrayList<IssuedCertificate>();
        var all = newestFirst.iterator();
        while (all.hasNext() && some.size() < limit) {
            some.add(all.next());
        }
        return some;
    }

    /// How many were given out since the start.
    public synchronized long total() {
        return total;
    }
}
