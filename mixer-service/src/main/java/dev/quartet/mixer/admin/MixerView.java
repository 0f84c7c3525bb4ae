package dev.quartet.mixer.admin;

import dev.quartet.admin.Readiness;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.mixer.adapter.prometheus.SeriesStore;
import dev.quartet.mixer.config.InForce;
import dev.quartet.mixer.push.PushStatus;
import dev.quartet.stream.ConfigStreamStatus;
import java.util.Optional;

/// What there is to see of a running Mixer. Everything may be asked at any time from any thread.
public interface MixerView {
    String replica();

    Optional<InForce> inForce();

    Optional<ConfigStreamStatus> stream();

    ServiceIdentity identity();

    /// Empty when nothing is pushed.
    Optional<PushStatus> push();

    SeriesStore series();

    /// Whether the gRPC port is open.
    boolean serving();

    /// Ready to decide: a certificate, config, and the open gRPC port.
    Readiness readiness();

    int grpcPort();

    int meshMetricsPort();

    int reportStreams();

    double secondsWithoutReportStream();
}
