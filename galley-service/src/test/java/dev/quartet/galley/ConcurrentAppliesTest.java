package dev.quartet.galley;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.source.AppliedSource;
import dev.quartet.galley.source.StateFolder;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/// A thousand changes by four writers at once: none is lost, none is mixed with another, and the log tells all of them.
class ConcurrentAppliesTest {
    private static final int WRITERS = 4;
    private static final int CHANGES_EACH = 250;
    private static final String CONFIG = "/admin/v1/config";
    private static final String SHARED = CONFIG + "/WorkloadEntry/shop/shared";
    private static final Pattern STEP = Pattern.compile("step: \"(\\d+)\"");

    @TempDir Path state;

    @Test
    @Timeout(120)
    void noneOfAThousandChangesIsLostOrMixed() throws Exception {
        try (var galley = start()) {
            var rest = GalleyRest.of(galley, state);
            rest.apply(entry("shared", 0));
            var conflicts = 0;
            var begin = System.nanoTime();
            try (var threads = Executors.newFixedThreadPool(WRITERS)) {
                var writers = new ArrayList<Callable<Integer>>();
                IntStream.range(0, WRITERS).forEach(it -> writers.add(() -> write(rest, it)));
                for (var writer : threads.invokeAll(writers)) {
                    conflicts += writer.get();
                }
            }
            System.out.printf(
                    "%d changes by %d writers in %.1f s, %d conflicts retried%n",
                    WRITERS * CHANGES_EACH, WRITERS, (System.nanoTime() - begin) / 1e9, conflicts);

            var desk = galley.getBean(ChangeDesk.class);
            var steps = replay(desk);

            assertThat(steps)
                    .hasSize(WRITERS + 1)
                    .containsEntry("shared", WRITERS * CHANGES_EACH / 10);
            assertThat(RevisionContent.of(desk.config()))
                    .as("in force is what the log says last")
                    .isEqualTo(desk.history().content(desk.history().revisions().getFirst()));
            assertThat(new AppliedSource(StateFolder.open(state)).resources().keySet())
                    .as("and on disk")
                    .isEqualTo(RevisionContent.of(desk.config()).applied().keySet());
        }
    }

    private ConfigurableApplicationContext start() {
        return SpringApplication.run(
                GalleyApplication.class,
                "--server.port=0",
                "--quartet.metrics.port=0",
                "--quartet.galley.grpc-port=0",
                "--quartet.galley.revisions-kept=2000",
                "--quartet.state-dir=" + state);
    }

    private static String entry(String name, int step) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadEntry
        metadata: {name: %s, namespace: shop, labels: {step: "%d"}}
        spec: {address: 10.0.0.1}
        """
                .formatted(name, step);
    }

    /// Every tenth change adds one to what all share, and every twenty-fifth is only made in the revision that was seen.
    ///
    /// @return how often somebody else was faster
    private static int write(GalleyRest rest, int writer) throws Exception {
        var conflicts = 0;
        for (var step = 1; step <= CHANGES_EACH; step++) {
            var own =
                    entry("w%d-a".formatted(writer), step) + entry("w%d-b".formatted(writer), step);
            if ((step + writer) % 10 == 0) {
                conflicts += addToShared(rest, writer, step);
            } else if (step % 25 == 1) {
                conflicts += applyWhatWasSeen(rest, own, writer, step);
            } else {
                GalleyRest.json(apply(rest, own, writer, step));
            }
        }
        return conflicts;
    }

    private static HttpResponse<String> apply(
            GalleyRest rest, String yaml, int writer, int step, String... headers)
            throws IOException, InterruptedException {
        return rest.post(
                CONFIG + "/apply" + message(writer, step), "application/yaml", yaml, headers);
    }

    private static String message(int writer, int step) {
        return "?message=" + URLEncoder.encode(writer + "/" + step, StandardCharsets.UTF_8);
    }

    private static int applyWhatWasSeen(GalleyRest rest, String yaml, int writer, int step)
            throws Exception {
        var seen = tag(rest.get(CONFIG + "?kind=Gateway"));
        for (var conflicts = 0; ; conflicts++) {
            var answer = apply(rest, yaml, writer, step, "If-Match", seen);
            if (answer.statusCode() != 412) {
                GalleyRest.json(answer);
                return conflicts;
            }
            var current = JsonMapper.shared().readTree(answer.body()).path("current");
            seen = '"' + current.stringValue() + '"';
        }
    }

    private static int addToShared(GalleyRest rest, int writer, int step) throws Exception {
        for (var conflicts = 0; ; conflicts++) {
            var seen = rest.get(SHARED, "Accept", "application/yaml");
            var next = step(seen.body()) + 1;
            var answer =
                    rest.put(
                            SHARED + message(writer, step),
                            entry("shared", next),
                            "If-Match",
                            tag(seen));
            if (answer.statusCode() != 412) {
                GalleyRest.json(answer);
                return conflicts;
            }
        }
    }

    private static String tag(HttpResponse<String> answer) {
        return answer.headers().firstValue("ETag").orElseThrow();
    }

    private static int step(String yaml) {
        var matcher = STEP.matcher(yaml);
        assertThat(matcher.find()).as(yaml).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    /// Goes through the log, the oldest first: each revision is the one before with just the change that it names.
    ///
    /// @return the last step of each writer, and how often something was added to what they share
    private static Map<String, Integer> replay(ChangeDesk desk) throws IOException {
        var history = desk.history();
        var steps = new HashMap<>(Map.of("shared", 0));
        var done = new HashMap<String, Integer>();
        var number = 0L;
        for (var revision : history.revisions().reversed()) {
            assertThat(revision.number()).isEqualTo(++number);
            var message = revision.cause().message();
            if (message != null) {
                tell(revision, message, steps, done);
            }
            var content = history.content(revision);
            if (number > 1) {
                steps.forEach((name, step) -> {
                    for (var resource : resources(name)) {
                        assertThat(stepOf(content, resource))
                                .as("%s in revision %d", resource, revision.number())
                                .isEqualTo(step);
                    }
                });
            }
        }
        assertThat(done.keySet()).hasSize(WRITERS);
        assertThat(done.values()).containsOnly(CHANGES_EACH);
        assertThat(number).isEqualTo(2 + WRITERS * CHANGES_EACH);
        return steps;
    }

    private static void tell(
            LoggedRevision revision,
            String message,
            Map<String, Integer> steps,
            Map<String, Integer> done) {
        var writer = "w" + message.split("/")[0];
        var step = Integer.parseInt(message.split("/")[1]);
        assertThat(done.merge(writer, 1, Integer::sum))
                .as("each change of %s once and in its order", writer)
                .isEqualTo(step);
        if (revision.cause().kind() == Cause.Kind.PUT) {
            steps.merge("shared", 1, Integer::sum);
        } else {
            steps.put(writer, step);
        }
    }

    private static List<String> resources(String name) {
        return name.equals("shared") ? List.of(name) : List.of(name + "-a", name + "-b");
    }

    private static int stepOf(RevisionContent content, String name) {
        var kept = content.resources().get(new ResourceKey(Kind.WORKLOAD_ENTRY, "shop", name));
        return step(Objects.requireNonNull(kept, name).yaml());
    }
}
