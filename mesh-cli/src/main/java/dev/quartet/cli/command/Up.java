package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.local.LocalMesh;
import dev.quartet.cli.local.MeshFile;
import dev.quartet.cli.print.Stages;
import dev.quartet.cli.print.Terminal.Tone;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh up`.
@Command(
        name = "up",
        description = {
            "Starts the mesh on this machine, or what is missing of it: the five services, the bookshop with a sidecar each, the ingress gateway, and Prometheus where there is one.",
            "The first start fetches Envoy (once) and records how the services start, so that the next ones are quick."
        },
        mixinStandardHelpOptions = true)
public final class Up implements Callable<Integer> {
    /// What may be left out.
    enum Left {
        BOOKSHOP,
        PROMETHEUS,
        GALLEY,
        PILOT,
        MIXER,
        INJECTOR
    }

    private final Surroundings surroundings;
    @Mixin private final HomeOption home;

    @Option(
            names = "--port-offset",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Added to every port; two meshes on one machine need offsets 100 or more apart.")
    private int portOffset;

    @Option(
            names = "--without",
            paramLabel = "PART",
            description =
                    "Leave out bookshop, prometheus, or one of galley, pilot, mixer, injector; may be given several times.")
    private Set<Left> without = new TreeSet<>();

    @Option(
            names = "--set",
            paramLabel = "SERVICE.PROPERTY=VALUE",
            description =
                    "A Spring property of one service, for example mixer.logging.level.root=DEBUG.")
    private List<String> options = new ArrayList<>();

    @Option(
            names = "--no-caches",
            description = "Do not record AOT caches when there are none yet.")
    private boolean noCaches;

    @Option(names = "--verbose", description = "Let the services log at DEBUG.")
    private boolean verbose;

    public Up(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.home = new HomeOption(surroundings);
    }

    private static Set<ControlService> services(Set<Left> without) {
        return without.stream()
                .flatMap(left -> ControlService.of(left.name().toLowerCase(Locale.ROOT)).stream())
                .collect(Collectors.toSet());
    }

    /// @throws Failure for one that no service would get
    private List<String> settings() {
        for (var option : options) {
            var dot = option.indexOf('.');
            if (dot < 0
                    || option.indexOf('=') < dot
                    || ControlService.of(option.substring(0, dot)).isEmpty()) {
                throw new Failure(
                        "--set " + option + " is no property of a service",
                        "write it as SERVICE.PROPERTY=VALUE, for example mixer.logging.level.root=DEBUG; services are "
                                + Arrays.stream(ControlService.values())
                                        .map(ControlService::label)
                                        .collect(Collectors.joining(", ")),
                        2);
            }
        }
        var settings = new ArrayList<>(options);
        if (verbose) {
            for (var service : ControlService.values()) {
                settings.add(service.label() + ".logging.level.dev.quartet=DEBUG");
            }
        }
        return settings;
    }

    @Override
    public Integer call() {
        if (portOffset < 0 || portOffset > 20_000) {
            throw new Failure("--port-offset is " + portOffset, "use a number from 0 to 20000", 2);
        }
        var terminal = surroundings.terminal();
        var mesh = home.here();
        var stages = new Stages(terminal, System::nanoTime);
        var started =
                new LocalMesh(mesh, stages, surroundings.environment())
                        .up(
                                new LocalMesh.Wishes(
                                        portOffset,
                                        !without.contains(Left.BOOKSHOP),
                                        !without.contains(Left.PROMETHEUS),
                                        !noCaches,
                                        settings(),
                                        services(without)));

        var file = MeshFile.required(mesh);
        var option = home.again();
        terminal.line("");
        terminal.line(
                terminal.tone(Tone.GOOD, started ? "The mesh is up." : "The mesh was up already."));
        if (file.bookshop()) {
            terminal.line("  bookshop     " + file.gatewayUrl() + "/storefront");
        }
        if (!file.prometheus().isEmpty()) {
            terminal.line("  Prometheus   " + file.prometheusUrl());
        }
        terminal.line("  status       ./mesh status" + option);
        terminal.line(
                "  logs         ./mesh logs" + option + "   (" + Home.shown(mesh.logs()) + ")");
        terminal.line("  stop         ./mesh down" + option);
        if (file.bookshop()) {
            terminal.line("");
            terminal.line(
                    Tone.WARN,
                    "note: ",
                    "without network namespaces any program on this machine can reach an application's own port on 127.0.0.1 and so pass by its sidecar; policies hold at the sidecars' addresses only");
        }
        return 0;
    }
}
