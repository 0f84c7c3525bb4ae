package dev.quartet.cli.report;

import dev.quartet.cli.Failure;
import dev.quartet.cli.local.EnvoyProgram;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.print.Stages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a plan's tests stand on. [#prepare()] comes before anything is built and may refuse; [#raise()] starts what needs the jars;
/// [#close()] ends that, whatever came of the tests, and when the command is interrupted too.
public final class Grounds implements AutoCloseable {
    private final Set<Need> needs;
    private final Home home;
    private final Map<String, String> environment;
    private final Stages stages;
    private final Containers containers;
    private final Map<String, String> variables = new TreeMap<>();
    private @Nullable AtExit raised;

    public Grounds(Set<Need> needs, Home home, Map<String, String> environment, Stages stages)
            throws IOException {
        this.needs = Set.copyOf(needs);
        this.home = home;
        this.environment = environment;
        this.stages = stages;
        this.containers = new Containers(home, environment, stages);
    }

    /// @throws Failure naming what this machine lacks for these tests
    public void prepare() throws IOException, InterruptedException {
        if (needs.contains(Need.CLUSTER) && !Root.is()) {
            throw new Failure(
                    "these tests start a Kubernetes node on this machine, for which you must be root",
                    "run it as root, on Debian");
        }
        if (needs.contains(Need.CONTAINERS)) {
            containers.check();
        }
        new DebianPackages(environment, stages).provide(programs());
        var envoy =
                EnvoyProgram.in(home, environment)
                        .find(() -> stages.waiting("fetching Envoy " + EnvoyProgram.VERSION));
        stages.done("Envoy " + EnvoyProgram.VERSION, Home.shown(envoy));
        variables.put("ENVOY_BIN", envoy.toString());
        var kubernetes = new KubernetesPrograms(home, environment, stages);
        if (needs.contains(Need.API_SERVER)) {
            kubernetes
                    .apiServer()
                    .ifPresent(program -> variables.put("KUBE_APISERVER_BIN", program.toString()));
        }
        if (needs.contains(Need.CLUSTER)) {
            variables.put("KUBE_BIN", kubernetes.all().toString());
        }
    }

    private Set<String> programs() {
        var programs = new TreeSet<String>();
        for (var need : needs) {
            var elsewhere =
                    switch (need) {
                        case NAMESPACES -> !Root.is();
                        case CONTAINERS -> !containers.own();
                        case PROMETHEUS, API_SERVER, CLUSTER -> false;
                    };
            if (!elsewhere) {
                programs.addAll(need.programs());
            }
        }
        return programs;
    }

    /// Once the jars are built.
    public void raise() throws IOException, InterruptedException {
        if (needs.contains(Need.CONTAINERS)) {
            raised = AtExit.of(containers::close);
            containers.up(Path.of(variables.get("ENVOY_BIN")));
            variables.putAll(containers.variables());
        }
        if (needs.contains(Need.CLUSTER)) {
            containers.archive(Path.of(variables.get("KUBE_BIN")));
        }
    }

    /// What the tests find it all by, as variables of their environment.
    public Map<String, String> variables() {
        return Map.copyOf(variables);
    }

    @Override
    public void close() {
        if (raised != null) {
            containers.close();
            raised.close();
        }
    }
}
