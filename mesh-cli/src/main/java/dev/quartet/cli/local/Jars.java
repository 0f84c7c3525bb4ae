package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;

/// What a mesh is started from: the jars of the build at hand, unpacked.
record Jars(Map<ControlService, ServiceJar> services, ServiceJar bookshop) {
    Jars {
        services = Map.copyOf(services);
    }

    /// Unpacks what is not unpacked yet, all at once.
    ///
    /// @throws Failure when one was not built, or the disk refuses
    static Jars unpack(Home home) {
        var jdk = Jdk.current(home, false);
        var folder = home.shared("jars");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var pending =
                    new EnumMap<ControlService, CompletableFuture<ServiceJar>>(
                            ControlService.class);
            for (var service : ControlService.values()) {
                var jar = BuiltJar.of(home.root(), service.module(), "-exec.jar");
                pending.put(
                        service,
                        CompletableFuture.supplyAsync(
                                () -> ServiceJar.of(jar, folder, jdk), threads));
            }
            var bookshop =
                    ServiceJar.of(
                            BuiltJar.of(home.root(), "samples/bookshop", ".jar"), folder, jdk);
            var services = new EnumMap<ControlService, ServiceJar>(ControlService.class);
            pending.forEach((service, jar) -> services.put(service, jar.join()));
            return new Jars(services, bookshop);
        } catch (CompletionException failure) {
            throw failure.getCause() instanceof Failure known ? known : failure;
        }
    }

    ServiceJar of(ControlService service) {
        var jar = services.get(service);
        if (jar == null) {
            throw new IllegalStateException("no jar of " + service);
        }
        return jar;
    }

    List<ServiceJar> all() {
        var all = new ArrayList<>(services.values());
        all.add(bookshop);
        return all;
    }
}
