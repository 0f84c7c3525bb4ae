package dev.quartet.galley.status;

import dev.quartet.wire.status.ReportedProblem;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What has become of one revision. JSON's field names are the components' names.
///
/// @param known Galley remembers publishing it (it forgets at a restart, all but the newest)
/// @param newest the revision in force now; a replica that is at a later one has this one too
/// @param inForce everywhere
/// @param text `in force on 412 of 412 proxies`, or that there is none
/// @param waitingFor what is missing until it is in force, in words; empty when it is
public record RevisionStatus(
        String revision,
        boolean known,
        @Nullable Instant publishedAt,
        String newest,
        boolean inForce,
        Proxies proxies,
        String text,
        List<String> waitingFor,
        List<ComponentStatus> components,
        List<Lagging> lagging,
        List<Rejection> rejections,
        List<ReplicaProblem> problems) {

    public record Proxies(int inForce, int connected) {
        String text() {
            return connected == 0
                    ? "no proxy is connected"
                    : "in force on %d of %d proxies".formatted(inForce, connected);
        }
    }

    /// @param reported at least one replica reports
    /// @param current every replica has the revision or a later one
    public record ComponentStatus(
            String component, boolean reported, boolean current, List<ReplicaStatus> replicas) {}

    public record ReplicaStatus(
            String replica,
            String revision,
            boolean current,
            double lastReportSeconds,
            int proxiesInForce,
            int proxiesConnected) {}

    public record Lagging(String kind, String namespace, String name, int inForce, int connected) {}

    public record Rejection(String replica, String proxy, String type, String error) {}

    public record ReplicaProblem(String component, String replica, ReportedProblem problem) {}
}
