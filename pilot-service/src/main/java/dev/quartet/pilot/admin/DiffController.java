package dev.quartet.pilot.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.admin.Upload;
import dev.quartet.config.Problem;
import dev.quartet.config.ProblemView;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.pilot.trial.Outlook;
import dev.quartet.pilot.trial.Trial;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What a change would do to each proxy's config, before anybody applies it.
@RestController
final class DiffController {
    private static final ResourceReader READER = new ResourceReader();
    private static final int MOST_PROXIES = 1_000;

    /// Resources that are named for one proxy; the counts are of all.
    private static final int MOST_RESOURCES = 50;

    /// Resources of which is said what is different in them, and the lines for each.
    private static final int MOST_DETAILS = 200;

    private static final int MOST_LINES = 40;
    private static final int MOST_PROBLEMS = 200;

    /// @param from the revision that the change would be made to
    /// @param touched how many proxies' config would be another
    /// @param untouched how many would notice nothing
    /// @param proxies those touched, as many as asked for
    /// @param raised problems that would come up, at most 200
    /// @param cleared problems that would be gone, at most 200
    record DiffView(
            String from,
            int touched,
            int untouched,
            List<ProxyView> proxies,
            List<ProblemView> raised,
            List<ProblemView> cleared) {}

    /// @param types how many resources of each type would be added, changed and removed
    /// @param resources at most 50 of them
    record ProxyView(
            String proxy,
            String namespace,
            SortedMap<String, CountsView> types,
            List<ResourceView> resources) {}

    record CountsView(int added, int changed, int removed) {
        CountsView and(Outlook.Effect effect) {
            return switch (effect) {
                case ADDED -> new CountsView(added + 1, changed, removed);
                case CHANGED -> new CountsView(added, changed + 1, removed);
                case REMOVED -> new CountsView(added, changed, removed + 1);
            };
        }
    }

    /// @param change added, changed or removed
    /// @param lines what is different in it, where that was asked for
    record ResourceView(String type, String name, String change, @Nullable List<String> lines) {}

    private final PilotView pilot;
    private final Trial trial;

    DiffController(PilotView pilot, Trial trial) {
        this.pilot = pilot;
        this.trial = trial;
    }

    @Operation(
            summary = "What a change would do to each connected proxy, without doing it",
            description =
                    "The body has the documents that would be applied: YAML, or {\"files\":[{\"name\",\"content\"}]}; it may be empty when something is deleted.")
    @PostMapping(
            path = "/admin/v1/diff",
            consumes = {
                "application/yaml",
                "application/x-yaml",
                "text/yaml",
                MediaType.APPLICATION_JSON_VALUE
            })
    DiffView diff(
            @RequestBody(required = false) byte @Nullable [] body,
            @RequestHeader("Content-Type") MediaType type,
            @Parameter(
                            description =
                                    "What would be deleted: VirtualService/shop/reviews; may be there many times")
                    @RequestParam(required = false)
                    @Nullable List<String> delete,
            @Parameter(description = "Name only this proxy, by its instance name")
                    @RequestParam(required = false)
                    @Nullable String proxy,
            @Parameter(description = "Say of each resource what is different in it")
                    @RequestParam(defaultValue = "false")
                    boolean details,
            @Parameter(description = "Proxies to name, at most 1000")
                    @RequestParam(defaultValue = "100")
                    int limit,
            @Parameter(description = "What to call the body in problems")
                    @RequestParam(required = false)
                    @Nullable String file)
            throws InterruptedException {
        if (limit < 1 || limit > MOST_PROXIES) {
            throw ProblemException.badRequest("limit is 1 to " + MOST_PROXIES);
        }
        var deleted = new LinkedHashSet<ResourceKey>();
        if (delete != null) {
            delete.forEach(text -> deleted.add(ResourceNames.key("delete", text)));
        }
        var documents =
                (body == null || body.length == 0) && !deleted.isEmpty()
                        ? new Documents(List.of(), List.of())
                        : documents(body == null ? new byte[0] : body, type, file);
        var current =
                pilot.current()
                        .orElseThrow(() ->
                                ProblemException.notFound(
                                        "this Pilot has no config yet to compare with; GET /admin/v1/status says how it stands with Galley"));
        requireThere(deleted, current.inputs().config().resources().keySet());
        var proxies = pilot.connected();
        if (proxy != null && proxies.stream().noneMatch(it -> it.instance().equals(proxy))) {
            throw ProblemException.notFound(
                    "no proxy \"%s\" is connected to this Pilot; GET /admin/v1/proxies lists those that are"
                            .formatted(proxy));
        }
        try {
            var change = new Trial.Change(documents.resources(), deleted);
            return view(
                    trial.of(current, proxies, change),
                    documents.warnings(),
                    proxy,
                    limit,
                    new Texts(details));
        } catch (Trial.BusyException e) {
            throw ProblemException.of(
                    HttpStatus.SERVICE_UNAVAILABLE, String.valueOf(e.getMessage()));
        }
    }

    /// @param warnings of each resource by itself
    private record Documents(List<ReadResource> resources, List<Problem> warnings) {}

    private static Documents documents(byte[] body, MediaType type, @Nullable String file) {
        var resources = new ArrayList<ReadResource>();
        var problems = new ArrayList<Problem>();
        for (var result : Upload.read(body, type, file, READER::readYaml)) {
            resources.addAll(result.resources());
            problems.addAll(result.problems());
            result.resources().forEach(read -> problems.addAll(ResourceChecker.check(read)));
        }
        var errors = problems.stream().filter(it -> it.severity() == Severity.ERROR).count();
        if (errors > 0) {
            throw new ProblemException(
                            HttpStatus.UNPROCESSABLE_CONTENT,
                            "config-invalid",
                            "The config is not valid",
                            "nothing was compared: %d %s"
                                    .formatted(errors, errors == 1 ? "error" : "errors"))
                    .with("problems", problems.stream().map(ProblemView::of).toList());
        }
        return new Documents(resources, problems);
    }

    private static void requireThere(Set<ResourceKey> deleted, Set<ResourceKey> there) {
        for (var key : deleted) {
            if (!there.contains(key)) {
                throw ProblemException.notFound(
                        "there is no %s in force, so it cannot be deleted; GET /admin/v1/config lists what there is"
                                .formatted(key));
            }
        }
    }

    /// @param proxy null: all of them
    private static DiffView view(
            Outlook outlook,
            List<Problem> warnings,
            @Nullable String proxy,
            int limit,
            Texts texts) {
        var raised = new ArrayList<>(warnings);
        raised.addAll(outlook.raised());
        return new DiffView(
                outlook.from(),
                outlook.touched().size(),
                outlook.untouched(),
                outlook.touched().stream()
                        .filter(it -> proxy == null || it.proxy().instance().equals(proxy))
                        .limit(limit)
                        .map(it -> view(it, texts))
                        .toList(),
                problems(raised),
                problems(outlook.cleared()));
    }

    private static List<ProblemView> problems(List<Problem> problems) {
        return problems.stream().limit(MOST_PROBLEMS).map(ProblemView::of).toList();
    }

    private static ProxyView view(Outlook.Touched touched, Texts texts) {
        var types = new TreeMap<String, CountsView>();
        for (var change : touched.changes()) {
            types.merge(
                    change.type().label(),
                    new CountsView(0, 0, 0).and(change.effect()),
                    (counts, _) -> counts.and(change.effect()));
        }
        return new ProxyView(
                touched.proxy().instance(),
                touched.proxy().namespace(),
                types,
                touched.changes().stream()
                        .limit(MOST_RESOURCES)
                        .map(change ->
                                new ResourceView(
                                        change.type().label(),
                                        change.name(),
                                        change.effect().name().toLowerCase(java.util.Locale.ROOT),
                                        texts.of(change)))
                        .toList());
    }

    /// Each difference is made once, and so many in all.
    private static final class Texts {
        private final boolean wanted;
        private final Map<Outlook.Change, List<String>> known = new HashMap<>();

        Texts(boolean wanted) {
            this.wanted = wanted;
        }

        @Nullable List<String> of(Outlook.Change change) {
            if (!wanted) {
                return null;
            }
            var text = known.get(change);
            if (text == null && known.size() < MOST_DETAILS) {
                var before = change.before();
                var after = change.after();
                text =
                        JsonDifference.of(
                                before == null ? null : EnvoyJson.of(before.content()),
                                after == null ? null : EnvoyJson.of(after.content()),
                                MOST_LINES);
                known.put(change, text);
            }
            return text;
        }
    }
}
