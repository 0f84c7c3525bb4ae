package dev.quartet.galley.cluster;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.galley.TestDocuments;
import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.batch.BatchBook;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.change.Precondition;
import dev.quartet.galley.change.Terms;
import dev.quartet.galley.change.TestDesk;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.kube.KubernetesSource;
import dev.quartet.galley.kube.TestBooks;
import dev.quartet.galley.kube.TestCluster;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.kube.Leadership;
import dev.quartet.kube.Leadership.Timing;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// A Galley of several on one apiserver, as far as it takes REST's changes. Remembers all that was ever in force.
final class Replica implements AutoCloseable {
    static final Timing FAST =
            new Timing(Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(200));

    final KubernetesClient client;
    final KubernetesSource source;
    final ChangeDesk desk;
    final BatchBook book;
    final Leadership leadership;
    final ClusterWrites writes;
    final List<Batch.State> ended = new CopyOnWriteArrayList<>();
    final List<Map<String, String>> seen = new CopyOnWriteArrayList<>();

    Replica(TestCluster cluster, TestDesk desks, Path state, String name) {
        this(cluster, desks, state, name, _ -> {});
    }

    /// @param before called with each request, which is not sent when this throws
    Replica(
            TestCluster cluster,
            TestDesk desks,
            Path state,
            String name,
            Consumer<HttpRequest> before) {
        var config = cluster.client().getConfiguration();
        client =
                new KubernetesClientBuilder()
                        .withConfig(config)
                        .withHttpClientBuilderConsumer(builder ->
                                builder.addOrReplaceInterceptor(
                                        "before",
                                        new Interceptor() {
                                            @Override
                                            public void before(
                                                    BasicBuilder headers,
                                                    HttpRequest request,
                                                    RequestTags tags) {
                                                before.accept(request);
                                            }
                                        }))
                        .build();
        book = TestBooks.on(client, name);
        source = new KubernetesSource(client, "istio-system", book, (_, _) -> {});
        desk = desks.open(state, source::content);
        source.watch(batch -> {
            desk.refresh(batch.map(it -> it.cause().by(it.number())).orElseGet(Cause::kubernetes));
            seen.add(timeouts());
        });
        leadership = Leadership.start(client, "istio-system", "istio-galley", name, FAST);
        writes =
                ClusterWrites.start(
                        client,
                        "istio-system",
                        book,
                        source,
                        desk,
                        leadership,
                        Clock.systemUTC(),
                        new Counts(),
                        Duration.ofSeconds(1));
        source.complete().join();
    }

    private final class Counts implements ClusterWrites.Observer {
        @Override
        public void batchEnded(Batch.State how) {
            ended.add(how);
        }

        @Override
        public void accepted(Collection<ResourceKey> resources) {}

        @Override
        public void refused(Collection<Problem> errors) {}

        @Override
        public void sourceChanged() {}
    }

    Outcome apply(String documents) throws IOException {
        return apply(documents, new Precondition.None());
    }

    Outcome apply(String documents, Precondition precondition) throws IOException {
        var terms = new Terms(Cause.rest(Cause.Kind.APPLY, null, null), precondition, false);
        return writes.changes().apply(List.of(ConfigFile.read("upload.yaml", documents)), terms);
    }

    /// The timeout of each VirtualService in force, by its name.
    Map<String, String> timeouts() {
        var timeouts = new TreeMap<String, String>();
        desk.config()
                .entries()
                .forEach((key, entry) -> {
                    if (key.kind() == Kind.VIRTUAL_SERVICE) {
                        var route = (VirtualService) entry.resource().spec();
                        timeouts.put(key.name(), String.valueOf(route.http().getFirst().timeout()));
                    }
                });
        return timeouts;
    }

    static ResourceKey route(String name) {
        return new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", name);
    }

    static String route(String name, String timeout) {
        return "---\n" + TestDocuments.route(name, timeout);
    }

    @Override
    public void close() {
        writes.close();
        leadership.close();
        source.close();
        client.close();
    }
}
