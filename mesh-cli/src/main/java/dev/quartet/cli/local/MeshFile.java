package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What `mesh up` was asked for and has chosen, kept in `run/mesh.json`: later commands find the mesh by it.
///
/// @param portOffset added to every port
/// @param bookshop whether the sample runs
/// @param prometheus the program, empty when none is started
/// @param envoy the program
/// @param appPorts where each application of the bookshop listens on 127.0.0.1
/// @param without services that are left out
/// @param options for the services, as `service.property=value`
public record MeshFile(
        int portOffset,
        boolean bookshop,
        String prometheus,
        String envoy,
        Map<String, Integer> appPorts,
        List<String> options,
        Set<ControlService> without) {
    public MeshFile {
        appPorts = Map.copyOf(appPorts);
        options = List.copyOf(options);
        without = Set.copyOf(without);
    }

    /// Empty when no mesh was started here.
    public static Optional<MeshFile> read(Home home) {
        try {
            return Optional.of(
                    Json.MAPPER.readValue(Files.readString(home.meshFile()), MeshFile.class));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException | RuntimeException failure) {
            throw new Failure(
                    "cannot read " + home.meshFile() + ": " + failure.getMessage(),
                    "./mesh down, then ./mesh up, writes it anew",
                    failure);
        }
    }

    /// @throws Failure when there is no mesh
    public static MeshFile required(Home home) {
        return read(home)
                .orElseThrow(() ->
                        new Failure(
                                "no mesh runs from " + Home.shown(home.folder()),
                                "start one with ./mesh up, or say with --home where it is"));
    }

    void write(Home home) {
        var fresh = home.meshFile().resolveSibling("mesh.json.new");
        try {
            Files.writeString(
                    fresh,
                    Json.pretty(new TreeMap<>(Json.MAPPER.convertValue(this, Map.class))) + "\n");
            Files.move(
                    fresh,
                    home.meshFile(),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write " + home.meshFile(), failure);
        }
    }

    /// For a mesh of which nothing runs.
    static void forget(Home home) {
        try {
            Files.deleteIfExists(home.meshFile());
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove " + home.meshFile(), failure);
        }
    }

    /// The services that run.
    public List<ControlService> services() {
        return Arrays.stream(ControlService.values())
                .filter(service -> !without.contains(service))
                .toList();
    }

    public int port(int base) {
        return base + portOffset;
    }

    /// Two meshes on one machine need two sets of addresses: every hundred ports of offset are another second number.
    String address(Workload workload) {
        return "127.%d.0.%d".formatted(1 + Math.floorMod(portOffset / 100, 250), workload.host());
    }

    /// Where a workload's application listens on 127.0.0.1.
    int appPort(Workload workload) {
        var port = appPorts.get(workload.name());
        if (port == null) {
            throw new IllegalStateException("no port was chosen for " + workload.name());
        }
        return port;
    }

    public String restUrl(ControlService service) {
        return "http://127.0.0.1:" + port(service.restPort());
    }

    public String gatewayUrl() {
        return "http://127.0.0.1:" + port(LocalPlan.GATEWAY_PORT);
    }

    public String prometheusUrl() {
        return "http://127.0.0.1:" + port(LocalPlan.PROMETHEUS_PORT);
    }
}
