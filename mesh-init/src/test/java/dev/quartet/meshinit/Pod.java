package dev.quartet.meshinit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// Two network namespaces on one cable: the workload's, where proxy and application listen, and a neighbour's.
final class Pod implements AutoCloseable {
    static final int APPLICATION = 9080;
    static final int OUTBOUND = 15001;
    static final int INBOUND = 15006;
    static final int PROXY_UID = 1337;
    static final int APPLICATION_UID = 1000;
    private static final List<String> PORTS =
            List.of(
                    "22", "9080", "9081", "9443", "9953", "15001", "15006", "15020", "15021",
                    "15090");

    /// @param pod the workload's address
    /// @param loopback another address of this family that never leaves the machine
    enum Family {
        IPV4("10.77.0.2", "10.77.0.1", "127.0.0.1", "127.0.0.6"),
        IPV6("fd77::2", "fd77::1", "::1", "::6");

        final String pod;
        final String neighbour;
        final String loopback;
        final String passthrough;

        Family(String pod, String neighbour, String loopback, String passthrough) {
            this.pod = pod;
            this.neighbour = neighbour;
            this.loopback = loopback;
            this.passthrough = passthrough;
        }
    }

    private final String name;
    private final String neighbour;
    private final List<Process> listeners = new ArrayList<>();

    /// Copies that every user may read, whoever owns the source tree.
    private final Path programs = Files.createTempDirectory("mesh-init");

    Pod() throws Exception {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name"))
                        && System.getProperty("os.name").equals("Linux"),
                "network namespaces need root on Linux");
        for (var program :
                List.of("ip", "iptables-nft", "ip6tables-nft", "iptables-legacy", "setpriv")) {
            Assumptions.assumeTrue(
                    List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin").stream()
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program))),
                    program + " is not installed");
        }
        Files.setPosixFilePermissions(programs, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.copy(
                MeshInit.SCRIPT,
                programs.resolve("mesh-init.sh"),
                StandardCopyOption.COPY_ATTRIBUTES);
        for (var program : List.of(Listener.class, Listener.Dial.class)) {
            var file = program.getName().replace('.', '/') + ".class";
            Files.createDirectories(programs.resolve(file).getParent());
            Files.copy(Path.of("target/test-classes", file), programs.resolve(file));
        }
        var id = ProcessHandle.current().pid() + "-" + System.nanoTime() % 100_000;
        name = "pod-" + id;
        neighbour = "nbr-" + id;
        ip("netns", "add", name);
        ip("netns", "add", neighbour);
        ip(
                "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns",
                neighbour);
        for (var end : List.of(name, neighbour)) {
            var last = end.equals(name) ? "2" : "1";
            ip("-n", end, "link", "set", "lo", "up");
            ip("-n", end, "address", "add", "10.77.0." + last + "/24", "dev", "eth0");
            // without nodad the address waits for a second before it can be used
            ip("-n", end, "address", "add", "fd77::" + last + "/64", "dev", "eth0", "nodad");
            ip("-n", end, "link", "set", "eth0", "up");
        }
        ip("-n", name, "address", "add", "::6/128", "dev", "lo", "nodad");
    }

    /// Starts the listeners on both sides; not for tests that only look at rules.
    Pod listening() throws Exception {
        for (var end : List.of(name, neighbour)) {
            var command = inside(end, PROXY_UID, PROXY_UID);
            command.addAll(java(Listener.class));
            command.addAll(PORTS);
            var process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            listeners.add(process);
            var ready =
                    new BufferedReader(
                                    new InputStreamReader(
                                            process.getInputStream(), StandardCharsets.UTF_8))
                            .readLine();
            assertThat(ready).isEqualTo("ready");
        }
        return this;
    }

    MeshInit.Result meshInit(String... arguments) throws Exception {
        var command =
                new ArrayList<>(List.of("ip", "netns", "exec", name, MeshInit.SCRIPT.toString()));
        command.addAll(List.of(arguments));
        return MeshInit.execute(command);
    }

    MeshInit.Result unprivileged(String... arguments) throws Exception {
        var command = inside(name, APPLICATION_UID, APPLICATION_UID);
        command.add(programs.resolve("mesh-init.sh").toString());
        command.addAll(List.of(arguments));
        return MeshInit.execute(command);
    }

    /// Runs a program as root in the pod.
    String sh(String script) throws Exception {
        return checked(List.of("ip", "netns", "exec", name, "sh", "-euc", script));
    }

    /// What both back ends hold in both families, without counters.
    String rules() throws Exception {
        return sh(
                "for p in iptables-nft ip6tables-nft iptables-legacy ip6tables-legacy; do echo \"$p\"; $p-save -t nat 2>/dev/null | sed -e '/^#/d' -e 's/\\[[0-9:]*\\]//'; done");
    }

    /// The port that answers a caller in the pod.
    String dial(int uid, int gid, String address, int port) throws Exception {
        return dial(uid, gid, "-", address, port);
    }

    String dial(int uid, int gid, String from, String address, int port) throws Exception {
        var command = inside(name, uid, gid);
        command.addAll(java(Listener.Dial.class));
        command.addAll(List.of(from, address, Integer.toString(port)));
        return checked(command);
    }

    /// The port that answers the neighbour.
    String dialFromOutside(String address, int port) throws Exception {
        var command = inside(neighbour, APPLICATION_UID, APPLICATION_UID);
        command.addAll(java(Listener.Dial.class));
        command.addAll(List.of("-", address, Integer.toString(port)));
        return checked(command);
    }

    private static ArrayList<String> inside(String namespace, int uid, int gid) {
        return new ArrayList<>(
                List.of(
                        "ip",
                        "netns",
                        "exec",
                        namespace,
                        "setpriv",
                        "--reuid=" + uid,
                        "--regid=" + gid,
                        "--clear-groups",
                        // port 22
                        "--inh-caps=+net_bind_service",
                        "--ambient-caps=+net_bind_service"));
    }

    private List<String> java(Class<?> program) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-cp",
                programs.toString(),
                program.getName());
    }

    private static void ip(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        checked(command);
    }

    private static String checked(List<String> command) throws IOException, InterruptedException {
        var result = MeshInit.execute(command);
        assertThat(result.exitCode()).as("%s: %s", command, result.err()).isZero();
        return result.out();
    }

    @Override
    public void close() throws Exception {
        for (var listener : listeners) {
            listener.destroyForcibly().waitFor();
        }
        ip("netns", "del", name);
        ip("netns", "del", neighbour);
        try (var files = Files.walk(programs)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
