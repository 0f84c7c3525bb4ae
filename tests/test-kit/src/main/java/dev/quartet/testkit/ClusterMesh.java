package dev.quartet.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// A real Kubernetes of one node (`tests/kubernetes/cluster.sh`) with our images, and `kubectl` on it. Pods and Services are reached by their addresses. [#close] takes all of it away.
///
/// `KUBE_BIN` is the folder of Kubernetes' programs and of the images' archives, which `./mesh test cluster` makes.
public final class ClusterMesh implements AutoCloseable {
    private static final String SYSTEM = "istio-system";

    private final Path programs;
    private final Path folder = SourceTree.root().resolve(".mesh/cluster");

    private ClusterMesh(Path programs) {
        this.programs = programs;
    }

    /// An empty cluster.
    ///
    /// @throws TestAbortedException (a skip, with what to do) when the programs or images are not there
    public static ClusterMesh up() {
        var programs =
                Path.of(
                        System.getenv()
                                .getOrDefault(
                                        "KUBE_BIN",
                                        SourceTree.root().resolve(".mesh/kubernetes").toString()));
        var images = programs.resolve("images.tar");
        if (!Files.isExecutable(programs.resolve("kubelet")) || !Files.exists(images)) {
            throw new TestAbortedException(
                    "there are no programs and images of Kubernetes in %s: ./mesh test cluster makes them"
                            .formatted(programs));
        }
        var mesh = new ClusterMesh(programs);
        try {
            mesh.script("up").orFail();
            mesh.script("load", images.toString()).orFail();
            return mesh;
        } catch (Throwable failure) {
            mesh.close();
            throw failure;
        }
    }

    private Command.Result script(String command, String... arguments) {
        var words =
                new ArrayList<>(
                        List.of(
                                SourceTree.root().resolve("tests/kubernetes/cluster.sh").toString(),
                                command,
                                folder.toString()));
        words.addAll(List.of(arguments));
        return new Command(words, Map.of("KUBE_BIN", programs.toString())).run();
    }

    public Command.Result kubectl(String... arguments) {
        return kubectlWith("", arguments);
    }

    /// @param input what `-f -` reads
    public Command.Result kubectlWith(String input, String... arguments) {
        return new Command(
                        Stream.concat(
                                        Stream.of(
                                                programs.resolve("kubectl").toString(),
                                                "--kubeconfig",
                                                folder.resolve("kubeconfig").toString()),
                                        Stream.of(arguments))
                                .toList(),
                        Map.of())
                .run(input);
    }

    /// `kubectl apply -f -` of documents.
    public Command.Result apply(String namespace, String yaml) {
        return kubectlWith(yaml, "apply", "-n", namespace, "-f", "-");
    }

    public Command.Result delete(String namespace, String yaml) {
        return kubectlWith(yaml, "delete", "-n", namespace, "--ignore-not-found", "-f", "-");
    }

    /// A value of an object, by JSONPath: `get("shop", "pod/x", "{.status.podIP}")`.
    public String get(String namespace, String object, String path) {
        return kubectl("get", "-n", namespace, object, "-o", "jsonpath=" + path).orFail().output();
    }

    /// The names of pods, without those that are ending.
    public List<String> pods(String namespace, String selector) {
        return kubectl(
                        "get",
                        "pods",
                        "-n",
                        namespace,
                        "-l",
                        selector,
                        "-o",
                        "go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}")
                .orFail()
                .output()
                .lines()
                .flatMap(line -> Stream.of(line.strip().split(" ")))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /// Waits until a Deployment has all its replicas of its newest form, and no others.
    public void awaitRollout(String namespace, String deployment, Duration limit) {
        var result =
                kubectl(
                        "rollout",
                        "status",
                        "-n",
                        namespace,
                        "deployment/" + deployment,
                        "--timeout=" + limit.toSeconds() + "s");
        if (result.exitCode() != 0) {
            throw new AssertionError(result.output() + diagnosis(namespace));
        }
    }

    /// What a person would look at: pods, events, ends of logs.
    public String diagnosis(String namespace) {
        var text = new StringBuilder("\n");
        text.append(kubectl("get", "pods", "-n", namespace, "-o", "wide").output());
        text.append(
                kubectl("get", "events", "-n", namespace, "--sort-by=.lastTimestamp")
                        .output()
                        .lines()
                        .reduce("", (all, line) -> all + line + "\n"));
        for (var pod : pods(namespace, "")) {
            text.append("-- ").append(pod).append('\n');
            text.append(
                    kubectl("logs", "-n", namespace, pod, "--all-containers", "--tail=8").output());
        }
        return text.toString();
    }

    /// What a pod of the control plane says on its open port: 200 and UP, or what it waits for.
    public PlainHttp.Answer readiness(String app, int metricsPort) {
        return PlainHttp.get(
                podAddress(SYSTEM, "app=" + app, metricsPort), "/healthz/ready", Map.of());
    }

    /// Where the one pod of these labels listens.
    public InetSocketAddress podAddress(String namespace, String selector, int port) {
        var pods = pods(namespace, selector);
        if (pods.size() != 1) {
            throw new AssertionError("%s: %s instead of one pod".formatted(selector, pods));
        }
        var address = get(namespace, "pod/" + pods.getFirst(), "{.status.podIP}");
        if (address.isEmpty()) {
            throw new AssertionError(pods.getFirst() + " has no address yet");
        }
        return new InetSocketAddress(address, port);
    }

    public InetSocketAddress service(String namespace, String name, int port) {
        return new InetSocketAddress(get(namespace, "service/" + name, "{.spec.clusterIP}"), port);
    }

    public InetSocketAddress gateway() {
        return service(SYSTEM, "istio-ingressgateway", 80);
    }

    /// Gives an image of the node a second name, as if it were another build.
    public void tagImage(String image, String name) {
        var words =
                new ArrayList<>(
                        List.of(
                                "ctr",
                                "-a",
                                folder.resolve("containerd/containerd.sock").toString()));
        words.addAll(
                List.of(
                        "-n",
                        "k8s.io",
                        "images",
                        "tag",
                        "--force",
                        "docker.io/" + image,
                        "docker.io/" + name));
        new Command(words, Map.of()).run().orFail();
    }

    /// A port of this machine that leads to one of a pod, by `kubectl port-forward`.
    public static final class Forward implements AutoCloseable {
        private static final Pattern SAID =
                Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+) ");
        private final Process process;
        private final int port;

        private Forward(Process process) throws IOException {
            this.process = process;
            var said = SAID.matcher(String.valueOf(process.inputReader().readLine()));
            if (!said.find()) {
                close();
                throw new IOException("kubectl port-forward does not say where it listens");
            }
            this.port = Integer.parseInt(said.group(1));
        }

        public int port() {
            return port;
        }

        @Override
        public void close() {
            Processes.stop(process);
        }
    }

    /// @param target say `deploy/istio-galley`
    public Forward forward(String namespace, String target, int port) throws IOException {
        return new Forward(
                new ProcessBuilder(
                                programs.resolve("kubectl").toString(),
                                "--kubeconfig",
                                folder.resolve("kubeconfig").toString(),
                                "port-forward",
                                "-n",
                                namespace,
                                target,
                                ":" + port)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start());
    }

    /// The process of a container of this node, by what its command line ends with; null when there is none.
    public @Nullable ProcessHandle process(String commandLineEnd) {
        return ProcessHandle.allProcesses()
                .filter(process ->
                        process.info()
                                .commandLine()
                                .map(line -> line.strip().endsWith(commandLineEnd))
                                .orElse(false))
                .filter(ClusterMesh::isInAPod)
                .findFirst()
                .orElse(null);
    }

    private static boolean isInAPod(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cgroup"))
                    .contains("kubepods");
        } catch (IOException _) {
            return false; // it has ended
        }
    }

    @Override
    public void close() {
        script("down").orFail();
    }
}
