package dev.quartet.pilot.admin;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.trial.Current;
import dev.quartet.pilot.xds.AdsServer.Holdings;
import dev.quartet.pilot.xds.ConnectionStatus;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// What REST may see of Pilot. Thread-safe.
public interface PilotView {
    /// One entry per connected proxy.
    List<ConnectionStatus> proxies();

    /// Who is connected.
    List<Proxy> connected();

    /// What they are given now; empty before the first config.
    Optional<Current> current();

    /// Sends every proxy what it lacks, if anything; how many there are.
    int lookAgain();

    /// What could not be made as users asked.
    Collection<Problem> problems();

    /// One proxy with all that it holds; empty when it is not connected.
    Optional<Holdings> holdings(String instance);

    /// Of which of the users' resources something that a proxy gets is made, as far as it can be told.
    Collection<ResourceKey> madeFrom(Proxy proxy, XdsType type, String name);

    /// Empty before the first config.
    Optional<MeshSnapshot> snapshot();
}
