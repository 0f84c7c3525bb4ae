package dev.quartet.pilot.translate;

import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a filter chain tells of the requests or connections that pass it: Mixer's reports, access logs, spans.
///
/// @param clusters that it is told to
record Observation(
        List<AccessLog> logs,
        Optional<HttpConnectionManager.Tracing> tracing,
        Set<String> clusters) {
    Observation {
        logs = List.copyOf(logs);
        clusters = Set.copyOf(clusters);
    }

    /// Of requests on a client's side, or at a gateway.
    ///
    /// @param speaker in whose name spans speak, where the tracer has to be told
    static Observation outbound(Facts facts, Optional<String> speaker) {
        return requests(facts, MixerFilters.outboundReport(facts.mesh()), speaker);
    }

    /// Of requests to a workload.
    static Observation inbound(Facts facts, Workload workload, Service service, Service.Port port) {
        return requests(
                facts,
                MixerFilters.inboundReport(facts, workload, service, port),
                Spans.speaker(facts, workload.name(), workload.namespace()));
    }

    private static Observation requests(
            Facts facts, Optional<AccessLog> report, Optional<String> speaker) {
        var logs = new ArrayList<AccessLog>();
        var clusters = new HashSet<String>();
        report.ifPresent(log -> {
            logs.add(log);
            clusters.add(Names.MIXER_REPORT);
        });
        AccessLogs.file(facts.accessLogs()).ifPresent(logs::add);
        AccessLogs.ofRequests(facts.accessLogs())
                .ifPresent(log -> {
                    logs.add(log);
                    clusters.add(Names.ACCESS_LOG_SERVICE);
                });
        var tracing = facts.tracing();
        tracing.ifPresent(settings -> clusters.add(Spans.cluster(settings)));
        return new Observation(
                logs, tracing.map(settings -> Spans.of(settings, speaker)), clusters);
    }

    /// Of connections that are not read as HTTP.
    static Observation connections(Facts facts) {
        var logs = new ArrayList<AccessLog>();
        var clusters = new HashSet<String>();
        AccessLogs.file(facts.accessLogs()).ifPresent(logs::add);
        AccessLogs.ofConnections(facts.accessLogs())
                .ifPresent(log -> {
                    logs.add(log);
                    clusters.add(Names.ACCESS_LOG_SERVICE);
                });
        return new Observation(logs, Optional.empty(), clusters);
    }
}
