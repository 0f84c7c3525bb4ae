package dev.quartet.galley.cluster;

import dev.quartet.galley.batch.Batch;

/// Told how batches end, for metrics.
public interface BatchObserver {
    /// @param how done or undone
    void batchEnded(Batch.State how);
}
