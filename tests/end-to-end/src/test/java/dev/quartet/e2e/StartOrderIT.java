package dev.quartet.e2e;

import static dev.quartet.e2e.FiveServices.Service.CITADEL;
import static dev.quartet.e2e.FiveServices.Service.GALLEY;
import static dev.quartet.e2e.FiveServices.Service.INJECTOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.e2e.FiveServices.Service;
import dev.quartet.testkit.EnvoyBinary;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.PlainHttp;
import dev.quartet.testkit.ServiceProcess;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The five services and a sidecar, started in random orders from nothing but Citadel's root: they find each other. `-Dquartet.seed=N` repeats
/// the orders of an earlier run, `-Dquartet.orders=N` takes fewer or more.
@TestInstance(Lifecycle.PER_CLASS)
@Execution(ExecutionMode.CONCURRENT)
class StartOrderIT {
    private static final int ORDERS = Integer.getInteger("quartet.orders", 10);
    private static final long SEED = Long.getLong("quartet.seed", System.nanoTime());

    /// @param service null: the sidecar
    /// @param awaited whether the next part starts only when this one has come as far as it can, else at once
    record Part(@Nullable Service service, boolean awaited) {
        @Override
        public String toString() {
            return (service == null ? "sidecar" : service.label()) + (awaited ? ", " : " ");
        }
    }

    record Order(long seed, List<Part> parts) {
        @Override
        public String toString() {
            return parts.stream().map(Part::toString).collect(Collectors.joining())
                    + "(seed "
                    + seed
                    + ")";
        }
    }

    private final FiveServices services = new FiveServices();
    private final EchoWorkload orders =
            new EchoWorkload("orders", services.trust(), services.port(15011), services.port(8060));

    static Stream<Order> orders() {
        var random = new Random(SEED);
        return IntStream.range(0, ORDERS)
                .mapToObj(_ -> {
                    var all = new ArrayList<Service>(Arrays.asList(Service.values()));
                    all.add(null);
                    Collections.shuffle(all, random);
                    return new Order(
                            SEED,
                            all.stream()
                                    .map(service -> new Part(service, random.nextBoolean()))
                                    .toList());
                });
    }

    /// Tokens, config, and the jars unpacked: a JVM then keeps an archive of its classes, which makes all but the first order quick.
    @BeforeAll
    void prepare() throws IOException {
        EnvoyBinary.required();
        services.initTrust("shop/orders");
        var config = Files.createDirectories(services.folder().resolve("config"));
        Files.writeString(config.resolve("orders.yaml"), orders.config());
        Files.copy(
                SourceTree.root().resolve("samples/mixer-without-pilot/rule.yaml"),
                config.resolve("rule.yaml"));
        for (var service : Service.values()) {
            ServiceProcess.run(
                    "unpack",
                    FiveServices.jar(service),
                    List.of("-Djarmode=tools"),
                    List.of("extract", "--destination", unpacked(service).toString()),
                    services.folder());
        }
    }

    @AfterAll
    void close() {
        orders.close();
        services.close();
    }

    private Path unpacked(Service service) {
        return services.folder().resolve("jars").resolve(service.label());
    }

    @ParameterizedTest
    @MethodSource("orders")
    @Execution(ExecutionMode.SAME_THREAD) // beside other classes, not beside itself
    void whateverTheOrderTheMeshServes(Order order) throws IOException {
        System.out.println("Starting " + order);
        for (var part : order.parts()) {
            start(part);
        }

        for (var service : Service.values()) {
            services.awaitReady(service);
        }
        await("the sidecar serves")
                .atMost(FiveServices.START)
                .untilAsserted(() -> assertThat(ask("/")).isEqualTo(200));
        await("Mixer is asked")
                .atMost(FiveServices.START)
                .untilAsserted(() -> assertThat(ask("/internal")).isEqualTo(403));
        assertThat(orders.sidecar().get("/certs"))
                .contains("spiffe://cluster.local/ns/shop/sa/orders");
        await("the injector's webhook is open")
                .untilAsserted(() ->
                        assertThat(services.get(INJECTOR, "/admin/v1/status").body())
                                .contains("\"state\":\"serving\""));
    }

    private void start(Part part) throws IOException {
        var service = part.service();
        if (service == null) {
            orders.startSidecar();
            return;
        }
        var archive = archive(service);
        services.launch(
                service,
                unpacked(service).resolve(FiveServices.jar(service).getFileName()),
                List.of(
                        "-XX:+AutoCreateSharedArchive",
                        "-XX:SharedArchiveFile=" + archive,
                        "-Xlog:disable"),
                service == GALLEY
                        ? new String[] {
                            "--quartet.galley.config-dir=" + services.folder().resolve("config")
                        }
                        : new String[0]);
        if (part.awaited()) {
            services.awaitLive(service);
        }
    }

    private Path archive(Service service) {
        return services.folder().resolve(service.label() + ".jsa");
    }

    /// The next order finds nothing that this one has learnt; only Citadel's root stays.
    @AfterEach
    void forget() {
        orders.stopSidecar();
        if (Arrays.stream(Service.values()).allMatch(it -> Files.exists(archive(it)))) {
            services.killAll();
        } else {
            services.stopAll();
        }
        for (var service : Service.values()) {
            if (service != CITADEL) {
                Folders.delete(services.state(service));
            }
        }
    }

    private int ask(String path) {
        try {
            return PlainHttp.get(orders.inbound(), path, Map.of("Host", EchoWorkload.HOST))
                    .status();
        } catch (UncheckedIOException _) {
            return 0; // not there yet
        }
    }
}
