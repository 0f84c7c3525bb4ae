package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import dev.quartet.cli.local.Planned.Part;
import dev.quartet.cli.print.Stages;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;

/// One start of a mesh: what is missing of its plan, all at once, and the wait until it works.
final class Start {
    static final Duration LIMIT = Duration.ofSeconds(150);

    private final Home home;
    private final MeshFile mesh;
    private final LocalPlan plan;
    private final Stages stages;
    private final Running running;

    Start(Home home, MeshFile mesh, LocalPlan plan, Stages stages) {
        this.home = home;
        this.mesh = mesh;
        this.plan = plan;
        this.stages = stages;
        this.running = new Running(home);
    }

    /// When something fails, or this command is interrupted, all that it has started is stopped again.
    ///
    /// @return whether anything was missing
    /// @throws Failure saying what, where and what to do
    boolean run() {
        var missing = plan.processes().stream().filter(process -> !running.runs(process)).toList();
        if (missing.isEmpty()) {
            return false;
        }
        Running.checkPorts(missing);
        new MeshFiles(home, mesh).write();
        var interrupted = new Thread(running::stopStarted);
        Runtime.getRuntime().addShutdownHook(interrupted);
        try {
            trust();
            missing.forEach(running::start);
            awaitParts(missing);
            if (mesh.bookshop() && mesh.without().isEmpty()) {
                awaitFirstAnswer();
            }
        } catch (RuntimeException failure) {
            running.stopStarted();
            throw failure;
        } finally {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        }
        return true;
    }

    private void trust() {
        var result = Program.run(plan.initTrust(), 60);
        if (result.exitCode() != 0) {
            throw new Failure(
                    "Citadel cannot write tokens (init-trust ended with "
                            + result.exitCode()
                            + "):\n"
                            + result.end(12),
                    "see what it says; ./mesh down --clean starts with an empty folder");
        }
        stages.done("trust", plan.identities().size() + " tokens, root certificate");
    }

    /// A service is told of as it is ready, the others when all of their part are.
    private void awaitParts(Collection<Planned> missing) {
        var counts = new EnumMap<Part, Integer>(Part.class);
        missing.forEach(process -> counts.merge(process.part(), 1, Integer::sum));
        var left = new EnumMap<Part, Integer>(counts);
        running.await(
                missing,
                LIMIT,
                ready -> {
                    left.merge(ready.part(), -1, Integer::sum);
                    if (ready.part() == Part.CONTROL || ready.part() == Part.METRICS) {
                        var address = ready.listens().getFirst();
                        stages.done(
                                title(ready), address.getHostString() + ":" + address.getPort());
                    } else if (left.getOrDefault(ready.part(), 0) == 0) {
                        stages.done(ready.part().title(), counts.get(ready.part()) + " ready");
                    }
                },
                pending -> stages.waiting("waiting for " + String.join(", ", pending)));
    }

    private static String title(Planned process) {
        return ControlService.of(process.name())
                .map(ControlService::title)
                .orElse(process.part().title());
    }

    private void awaitFirstAnswer() {
        var url = mesh.gatewayUrl() + "/storefront";
        var end = System.nanoTime() + LIMIT.toNanos();
        var answer = Probe.get(url);
        while (!answer.ok()) {
            if (System.nanoTime() > end) {
                throw new Failure(
                        "everything is ready, but "
                                + url
                                + " answers "
                                + (answer.status() == 0 ? "nothing" : answer.status())
                                + " after "
                                + LIMIT.toSeconds()
                                + " s",
                        "see ./mesh logs ingressgateway and ./mesh logs pilot");
            }
            stages.waiting("waiting for the first 200 of " + url);
            Running.pause();
            answer = Probe.get(url);
        }
        stages.done("first request", "200 from " + url);
    }
}
