package dev.quartet.cli.local;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// One process of the mesh as it is to run.
///
/// @param name of its pid file and log, and what `mesh logs` and `mesh restart` call it
/// @param listens the addresses that must be free before it starts
/// @param ready answers 200 once it works
record Planned(
        String name,
        Part part,
        List<String> command,
        Map<String, String> environment,
        Path folder,
        List<InetSocketAddress> listens,
        URI ready) {
    enum Part {
        CONTROL("control plane"),
        APPLICATION("bookshop"),
        PROXY("proxies"),
        METRICS("Prometheus");

        private final String title;

        Part(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    Planned {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        listens = List.copyOf(listens);
    }
}
