package dev.quartet.galley;

import static dev.quartet.galley.TestDocuments.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.History;
import dev.quartet.galley.process.ConfigProcessor;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.galley.source.StateFolder;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/// The log of revisions and the way back, by REST. Galley is alone: it needs no certificate for that.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RevisionsByRestTest {
    private static final String REVISIONS = "/admin/v1/config/revisions";

    @TempDir static Path temp;

    private ConfigurableApplicationContext galley;
    private GalleyRest rest;
    private Path configDir;

    @BeforeAll
    void start() throws IOException {
        configDir = Files.createDirectory(temp.resolve("config"));
        recordTwoAlike();
        galley =
                SpringApplication.run(
                        GalleyApplication.class,
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.galley.grpc-port=0",
                        "--quartet.galley.config-dir=" + configDir,
                        "--quartet.state-dir=" + temp.resolve("state"));
        rest = GalleyRest.of(galley, temp.resolve("state"));
    }

    /// Of an earlier run: ids that begin alike are too rare to wait for.
    private static void recordTwoAlike() throws IOException {
        var folder = StateFolder.open(temp.resolve("state"));
        var history = History.open(folder, Map.of(), 100, true, Clock.systemUTC());
        for (var number = 1; number <= 2; number++) {
            var address = "10.0.1." + number;
            var resources = ConfigFile.read("early.yaml", entry("early", address)).resources();
            var content = new SourceContent(Origin.DIRECTORY, resources, List.of());
            history.record(
                    Cause.directory(),
                    "abcdef" + number + "0".repeat(17),
                    new ConfigProcessor().process(List.of(content)));
        }
    }

    @AfterAll
    void stop() {
        galley.close();
    }

    private JsonNode newest() throws Exception {
        return rest.getJson(REVISIONS + "?limit=1").path("revisions").get(0);
    }

    private static List<String> names(JsonNode resources) {
        return resources.values().stream().map(it -> it.path("name").stringValue()).toList();
    }

    @Test
    void tellsWhoChangedWhatAndWhy() throws Exception {
        rest.apply(entry("who", "10.0.0.1"));
        var answer =
                GalleyRest.json(
                        rest.put(
                                "/admin/v1/config/WorkloadEntry/shop/who?message=to%20the%20new%20machine",
                                entry("who", "10.0.0.2"), "X-Quartet-Author", "J%C3%B6rg"));

        var newest = newest();
        assertThat(newest.path("number").longValue()).isEqualTo(answer.path("number").longValue());
        assertThat(newest.path("id").stringValue())
                .isEqualTo(answer.path("revision").stringValue());
        assertThat(newest.path("change").stringValue()).isEqualTo("put");
        assertThat(newest.path("author").stringValue()).isEqualTo("admin-token");
        assertThat(newest.path("claimedAuthor").stringValue()).isEqualTo("Jörg");
        assertThat(newest.path("message").stringValue()).isEqualTo("to the new machine");
        assertThat(names(newest.path("changed"))).containsExactly("who");
        var before = rest.getJson(REVISIONS + "?limit=2").path("revisions").get(1);
        assertThat(before.path("change").stringValue()).isEqualTo("apply");
        assertThat(before.path("claimedAuthor").isNull()).isTrue();
        assertThat(rest.getJson(REVISIONS).path("inForce")).isEqualTo(newest.path("id"));
    }

    @Test
    void editedFilesAreInTheLogToo() throws Exception {
        Files.writeString(configDir.resolve("edited.yaml"), entry("edited", "10.0.0.1"));

        await().untilAsserted(() -> {
            var newest = newest();
            assertThat(names(newest.path("created"))).containsExactly("edited");
            assertThat(newest.path("change").stringValue()).isEqualTo("directory");
            assertThat(newest.path("author").stringValue()).isEqualTo("directory");
        });
    }

    @Test
    void aDryRunAndARefusedChangeLeaveNoTrace() throws Exception {
        var before = newest();

        var dry =
                GalleyRest.json(
                        rest.post(
                                "/admin/v1/config/apply?dryRun=true",
                                "application/yaml",
                                entry("dry", "10.0.0.1")));
        rest.post("/admin/v1/config/apply", "application/yaml", "kind: Nothing\n");

        assertThat(dry.path("number").isNull()).isTrue();
        assertThat(newest()).isEqualTo(before);
    }

    @Test
    void findsARevisionByNumberAndByTheBeginningOfItsId() throws Exception {
        rest.apply(entry("found", "10.0.0.1"));
        var newest = newest();
        var id = newest.path("id").stringValue();

        assertThat(rest.getJson(REVISIONS + "/" + newest.path("number").longValue()))
                .isEqualTo(newest);
        assertThat(rest.getJson(REVISIONS + "/" + id)).isEqualTo(newest);
        assertThat(rest.getJson(REVISIONS + "/" + id.substring(0, 6))).isEqualTo(newest);
        assertThat(rest.get(REVISIONS + "/" + id, "Accept", "application/yaml").body())
                .contains("kind: MeshConfig")
                .contains("  name: found\n");

        var unheardOf = rest.get(REVISIONS + "/4711");
        assertThat(unheardOf.statusCode()).isEqualTo(404);
        assertThat(GalleyRest.detail(unheardOf))
                .startsWith("galley has no revision \"4711\"; it has 1 to ");
        for (var wrong : List.of("abc", "ABCDEF0", "0x12", "-1", "xyzxyz")) {
            var answer = rest.get(REVISIONS + "/" + wrong);
            assertThat(answer.statusCode()).as(wrong).isEqualTo(400);
            assertThat(GalleyRest.detail(answer)).contains("its number, or the first 6 signs");
        }
        assertThat(rest.get(REVISIONS + "?limit=0").statusCode()).isEqualTo(400);
    }

    @Test
    void tellsCandidatesWhereAnIdIsAmbiguous() throws Exception {
        var answer = rest.get(REVISIONS + "/abcdef");

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(GalleyRest.detail(answer))
                .contains("2 (abcdef20), 1 (abcdef10)", "write more of the id");
        assertThat(rest.getJson(REVISIONS + "/abcdef2").path("number").longValue()).isEqualTo(2);
    }

    @Test
    void showsWhatARevisionHasChangedAndWhatLiesBetweenTwo() throws Exception {
        var first = rest.apply(entry("diff", "10.0.0.1") + entry("other", "10.0.0.1"));
        var second = rest.apply(entry("diff", "10.0.0.2"));
        rest.delete("/admin/v1/config/WorkloadEntry/shop/other");
        var from = first.path("number").longValue();
        var to = second.path("number").longValue();

        var own = rest.getJson(REVISIONS + "/" + to + "/diff");
        assertThat(own.path("from").path("number").longValue()).isEqualTo(from);
        assertThat(own.path("changes").size()).isEqualTo(1);
        var change = own.path("changes").get(0);
        assertThat(change.path("key").path("name").stringValue()).isEqualTo("diff");
        assertThat(change.path("change").stringValue()).isEqualTo("changed");
        assertThat(change.path("before").stringValue()).contains("10.0.0.1");
        assertThat(change.path("after").stringValue()).contains("10.0.0.2");
        assertThat(change.path("originAfter").stringValue()).isEqualTo("applied");
        assertThat(change.path("text").stringValue())
                .isEqualTo(
                        """
                        --- a/WorkloadEntry/shop/diff.yaml\trevision %d, applied
                        +++ b/WorkloadEntry/shop/diff.yaml\trevision %d, applied
                        @@ -4,4 +4,4 @@
                           name: diff
                           namespace: shop
                         spec:
                        -  address: "10.0.0.1"
                        +  address: "10.0.0.2"
                        """
                                .formatted(from, to));

        var both = rest.getJson(REVISIONS + "/" + from + "/diff?to=" + (to + 1));
        assertThat(both.path("changes").values())
                .extracting(it -> it.path("key").path("name").stringValue())
                .containsExactly("diff", "other");
        var text =
                rest.get(REVISIONS + "/" + from + "/diff?to=" + (to + 1), "Accept", "text/plain");
        assertThat(text.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
        assertThat(text.body()).contains("+  address: \"10.0.0.2\"\n", "+++ /dev/null\n");
        assertThat(rest.get(REVISIONS + "/" + to + "/diff?to=" + to, "Accept", "text/plain").body())
                .isEmpty();
        assertThat(rest.getJson(REVISIONS + "/1/diff").path("from").isNull()).isTrue();
    }

    @Test
    void refusesNamesAndMessagesThatAreNoneOfPeople() throws Exception {
        for (var author : List.of("x".repeat(101), "a%0ab", "100%")) {
            var answer =
                    rest.post(
                            "/admin/v1/config/apply",
                            "application/yaml",
                            entry("a", "10.0.0.1"),
                            "X-Quartet-Author",
                            author);
            assertThat(answer.statusCode()).as(author).isEqualTo(400);
            assertThat(GalleyRest.detail(answer)).startsWith("X-Quartet-Author ");
        }
        assertThat(message("x".repeat(1001)).statusCode()).isEqualTo(400);
        assertThat(message("a%07").statusCode()).isEqualTo(400);
    }

    private HttpResponse<String> message(String message) throws Exception {
        return rest.post(
                "/admin/v1/config/apply?message=" + message,
                "application/yaml",
                entry("a", "10.0.0.1"));
    }

    private HttpResponse<String> rollback(String to, String query, String... headers)
            throws Exception {
        return rest.post(
                "/admin/v1/config/rollback" + query,
                "application/json",
                "{\"revision\": \"" + to + "\"}",
                headers);
    }

    @Test
    void rollsBackAndSaysToWhat() throws Exception {
        var target = rest.apply(entry("back", "10.0.0.1"));
        rest.apply(entry("back", "10.0.0.2"));
        var number = target.path("number").longValue();

        var dry = GalleyRest.json(rollback("" + number, "?dryRun=true"));
        assertThat(names(dry.path("changed"))).containsExactly("back");
        assertThat(dry.path("number").isNull()).isTrue();
        assertThat(rest.get("/admin/v1/config/WorkloadEntry/shop/back").body())
                .contains("10.0.0.2");

        var seen = dry.path("from").stringValue();
        var done =
                GalleyRest.json(
                        rollback(
                                "" + number,
                                "?message=too%20slow",
                                "If-Match",
                                '"' + seen + '"',
                                "X-Quartet-Author",
                                "anna"));
        assertThat(done.path("revision")).isEqualTo(dry.path("revision"));
        assertThat(rest.get("/admin/v1/config/WorkloadEntry/shop/back").body())
                .contains("10.0.0.1");
        var newest = newest();
        assertThat(newest.path("change").stringValue()).isEqualTo("rollback");
        assertThat(newest.path("claimedAuthor").stringValue()).isEqualTo("anna");
        assertThat(newest.path("message").stringValue())
                .isEqualTo(
                        "rollback to %d (%s): too slow"
                                .formatted(
                                        number,
                                        target.path("revision").stringValue().substring(0, 8)));

        var late = rollback("" + number, "", "If-Match", '"' + seen + '"');
        assertThat(late.statusCode()).isEqualTo(412);
        assertThat(GalleyRest.detail(late)).startsWith("nothing was rolled back: ");
    }

    @Test
    void aRollbackSaysWhatItLeavesToTheDirectory() throws Exception {
        var target = rest.apply(entry("left", "10.0.0.1"));
        rest.delete("/admin/v1/config/WorkloadEntry/shop/left");
        Files.writeString(configDir.resolve("left.yaml"), entry("left", "10.0.0.9"));
        await().until(() ->
                rest.get("/admin/v1/config/WorkloadEntry/shop/left").statusCode() == 200);

        var done = GalleyRest.json(rollback(target.path("revision").stringValue(), ""));

        assertThat(done.path("untouched").values())
                .extracting(it -> it.path("text").stringValue())
                .contains(
                        "WorkloadEntry shop/left is not as it was: it comes from the directory's file left.yaml:2");
        assertThat(rest.get("/admin/v1/config/WorkloadEntry/shop/left").body())
                .contains("10.0.0.9");
    }

    @Test
    void refusesARollbackToNothing() throws Exception {
        assertThat(rollback("4711", "").statusCode()).isEqualTo(404);
        assertThat(rollback("abcdef", "").statusCode()).isEqualTo(409);
        assertThat(rollback("last", "").statusCode()).isEqualTo(400);
        var empty = rest.post("/admin/v1/config/rollback", "application/json", "{}");
        assertThat(empty.statusCode()).isEqualTo(400);
        assertThat(GalleyRest.detail(empty)).contains("{\"revision\": \"12\"}");
    }

    @Test
    void saysWhatAnApplyWouldChangeAsADiff() throws Exception {
        rest.apply(entry("preview", "10.0.0.1"));
        var before = newest();
        var yaml = entry("preview", "10.0.0.2") + entry("preview-2", "10.0.0.2");

        var diff = GalleyRest.json(rest.post("/admin/v1/config/diff", "application/yaml", yaml));
        var text =
                rest.post(
                        "/admin/v1/config/diff", "application/yaml", yaml, "Accept", "text/plain");

        assertThat(diff.path("from")).isEqualTo(before.path("id"));
        assertThat(diff.path("changes").values())
                .extracting(it -> it.path("change").stringValue())
                .containsExactly("changed", "created");
        assertThat(text.body())
                .startsWith(
                        """
                        --- a/WorkloadEntry/shop/preview.yaml	in force, applied
                        +++ b/WorkloadEntry/shop/preview.yaml	as it would be, applied
                        """)
                .contains("-  address: \"10.0.0.1\"\n+  address: \"10.0.0.2\"\n")
                .endsWith("+  address: \"10.0.0.2\"\n");
        assertThat(newest()).isEqualTo(before);
        assertThat(
                        rest.post(
                                        "/admin/v1/config/diff",
                                        "application/yaml",
                                        entry("preview", "10.0.0.1"),
                                        "Accept",
                                        "text/plain")
                                .body())
                .isEmpty();
        var wrong = rest.post("/admin/v1/config/diff", "application/yaml", "kind: Nothing\n");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(GalleyRest.detail(wrong)).isEqualTo("nothing was compared: 1 error");
    }

    @Test
    void changesNothingWhileTheDiskTakesNoRevision() throws Exception {
        rest.apply(entry("disk", "10.0.0.1"));
        var before = newest();
        Files.move(temp.resolve("state/config/revisions"), temp.resolve("away"));

        var refused =
                rest.put("/admin/v1/config/WorkloadEntry/shop/disk", entry("disk", "10.0.0.2"));

        assertThat(refused.statusCode()).isEqualTo(507);
        assertThat(GalleyRest.detail(refused)).contains("nothing has changed");
        Files.move(temp.resolve("away"), temp.resolve("state/config/revisions"));
        assertThat(newest()).isEqualTo(before);
        assertThat(rest.get("/admin/v1/config/WorkloadEntry/shop/disk").body())
                .contains("10.0.0.1");
    }

    @Test
    void aBrokenRevisionIsToldAndTheOthersStay() throws Exception {
        var broken = rest.apply(entry("broken", "10.0.0.1")).path("number").longValue();
        rest.apply(entry("broken", "10.0.0.2"));
        Files.writeString(file(broken), "nothing that anybody has written\n");

        var answer = rest.get(REVISIONS + "/" + broken + "/diff");

        assertThat(answer.statusCode()).isEqualTo(410);
        assertThat(GalleyRest.detail(answer))
                .startsWith("revision " + broken + " (")
                .contains("can't be read any more", "name another one");
        assertThat(rest.getJson(REVISIONS + "/1/diff").path("changes").size()).isPositive();
    }

    private static Path file(long number) throws IOException {
        try (var files = Files.list(temp.resolve("state/config/revisions"))) {
            return files.filter(
                            it -> it.getFileName().toString().startsWith("%08d".formatted(number)))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
