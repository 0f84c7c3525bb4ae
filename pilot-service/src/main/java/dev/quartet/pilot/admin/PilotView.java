package dev.quartet.pilot.admin;

import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.xds.ConnectionStatus;
import java.util.List;
import java.util.Optional;

/// What REST may see of Pilot. Thread-safe.
public interface PilotView {
    /// One entry per connected proxy.
    List<ConnectionStatus> proxies();

    /// Empty before the first config.
    Optional<MeshSnapshot> snapshot();

    /// Of the snapshot that proxies are given now; empty before the first.
    Optional<Translation> translation();
}
