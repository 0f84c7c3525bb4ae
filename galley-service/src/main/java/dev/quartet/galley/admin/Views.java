package dev.quartet.galley.admin;

import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.mcp.SinkStatus;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.status.RevisionStatus;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The JSON of Galley's REST doors. Field names are the components' names; a null stands for what is not known.
final class Views {
    private Views() {}

    record ResourceName(String kind, String namespace, String name) {
        static ResourceName of(ResourceKey key) {
            return new ResourceName(key.kind().label(), key.namespace(), key.name());
        }

        static List<ResourceName> of(List<ResourceKey> keys) {
            return keys.stream().map(ResourceName::of).toList();
        }
    }

    /// @param alias the code of Istio's analysis for the same, null where it has none
    /// @param text the whole problem in one line, as people read it
    record ProblemView(
            String reason,
            @Nullable String alias,
            String severity,
            @Nullable ResourceName resource,
            @Nullable String file,
            @Nullable Integer line,
            String field,
            String fault,
            String fix,
            String text) {
        static ProblemView of(Problem problem) {
            var position = problem.position();
            var resource = problem.resource();
            return new ProblemView(
                    problem.reason().label(),
                    problem.reason().alias(),
                    problem.severity().name(),
                    resource == null ? null : ResourceName.of(resource),
                    position == null ? null : position.file(),
                    lineOf(position),
                    problem.path().text(),
                    problem.fault(),
                    problem.fix(),
                    problem.toString());
        }

        static List<ProblemView> of(List<Problem> problems) {
            return problems.stream().map(ProblemView::of).toList();
        }
    }

    /// @param deleted only for a delete
    /// @param missing what was to be deleted and is not there
    /// @param uncovered deleted here, but still there in the directory or built in
    record ChangeView(
            String revision,
            boolean dryRun,
            List<ResourceName> created,
            List<ResourceName> changed,
            List<ResourceName> unchanged,
            List<ResourceName> deleted,
            List<ResourceName> missing,
            List<ResourceName> uncovered,
            List<ProblemView> warnings) {
        static ChangeView of(Outcome.Accepted accepted, boolean dryRun) {
            return new ChangeView(
                    accepted.revision(),
                    dryRun,
                    ResourceName.of(accepted.created()),
                    ResourceName.of(accepted.changed()),
                    ResourceName.of(accepted.unchanged()),
                    ResourceName.of(accepted.deleted()),
                    ResourceName.of(accepted.missing()),
                    ResourceName.of(accepted.uncovered()),
                    ProblemView.of(accepted.warnings()));
        }
    }

    /// @param valid it would be let in
    record ValidationView(boolean valid, List<ProblemView> problems) {}

    /// @param origin `kubernetes`, `applied`, `directory` or `built-in`: the source that is in force
    /// @param hidden sources of lower precedence that have the resource too
    record Item(
            String kind,
            String namespace,
            String name,
            String version,
            String origin,
            List<String> hidden,
            String file,
            @Nullable Integer line,
            List<ProblemView> problems) {
        static Item of(ConfigEntry entry, JudgedConfig config) {
            var key = entry.resource().key();
            return new Item(
                    key.kind().label(),
                    key.namespace(),
                    key.name(),
                    entry.resource().version(),
                    entry.origin().label(),
                    entry.hidden().stream().map(Origin::label).toList(),
                    entry.read().position().file(),
                    lineOf(entry.read().position()),
                    ProblemView.of(config.problemsOf(key)));
        }
    }

    /// Null for what has no lines.
    private static @Nullable Integer lineOf(@Nullable Position position) {
        return position == null || position.line() == 0 ? null : (Integer) position.line();
    }

    record ListView(String revision, List<Item> items) {}

    /// A problem in a status: `component` says who found it, and `replica` which one.
    record StatusProblem(
            String component,
            @Nullable String replica,
            String reason,
            @Nullable String severity,
            @Nullable ResourceName resource,
            @Nullable String file,
            @Nullable Integer line,
            String field,
            String fault,
            String fix,
            String text) {}

    /// A collection that a sink could not read; it keeps its last good content.
    record SinkRefusal(String sink, String collection, String error) {
        static List<SinkRefusal> of(List<SinkStatus> sinks) {
            return sinks.stream()
                    .flatMap(sink ->
                            sink.collections().stream()
                                    .filter(it -> it.refusal() != null)
                                    .map(it ->
                                            new SinkRefusal(
                                                    sink.id(),
                                                    it.collection(),
                                                    String.valueOf(it.refusal()))))
                    .toList();
        }
    }

    record StatusView(
            String revision,
            boolean known,
            @Nullable Instant publishedAt,
            String newest,
            boolean inForce,
            RevisionStatus.Proxies proxies,
            String text,
            List<String> waitingFor,
            List<RevisionStatus.ComponentStatus> components,
            List<RevisionStatus.Lagging> lagging,
            List<RevisionStatus.Rejection> rejections,
            List<SinkRefusal> sinkRefusals,
            List<StatusProblem> problems) {
        static StatusView of(RevisionStatus status, JudgedConfig config, List<SinkStatus> sinks) {
            var problems = new LinkedHashSet<StatusProblem>();
            config.problems().stream().map(StatusView::own).forEach(problems::add);
            status.problems().stream().map(StatusView::reported).forEach(problems::add);
            return new StatusView(
                    status.revision(),
                    status.known(),
                    status.publishedAt(),
                    status.newest(),
                    status.inForce(),
                    status.proxies(),
                    status.text(),
                    status.waitingFor(),
                    status.components(),
                    status.lagging(),
                    status.rejections(),
                    SinkRefusal.of(sinks),
                    List.copyOf(problems));
        }

        private static StatusProblem own(Problem problem) {
            var view = ProblemView.of(problem);
            return new StatusProblem(
                    "galley",
                    null,
                    view.reason(),
                    view.severity(),
                    view.resource(),
                    view.file(),
                    view.line(),
                    view.field(),
                    view.fault(),
                    view.fix(),
                    view.text());
        }

        private static StatusProblem reported(RevisionStatus.ReplicaProblem reported) {
            var problem = reported.problem();
            var severity =
                    Arrays.stream(Reason.values())
                            .filter(reason -> reason.label().equals(problem.getReason()))
                            .map(reason -> reason.severity().name())
                            .findFirst()
                            .orElse(null);
            var resource =
                    problem.getName().isEmpty()
                            ? null
                            : new ResourceName(
                                    problem.getKind(), problem.getNamespace(), problem.getName());
            var place =
                    Stream.of(
                                    problem.getReason(),
                                    resource == null
                                            ? ""
                                            : resource.kind()
                                                    + " "
                                                    + resource.namespace()
                                                    + "/"
                                                    + resource.name(),
                                    problem.getFieldPath())
                            .filter(word -> !word.isEmpty())
                            .toList();
            return new StatusProblem(
                    reported.component(),
                    reported.replica(),
                    problem.getReason(),
                    severity,
                    resource,
                    null,
                    null,
                    problem.getFieldPath(),
                    problem.getFault(),
                    problem.getFix(),
                    String.join(" ", place) + ": " + problem.getFault() + "; " + problem.getFix());
        }
    }

    /// @param reached in force everywhere before the time was up
    record WaitView(boolean reached, double waitedSeconds, StatusView status) {}
}
