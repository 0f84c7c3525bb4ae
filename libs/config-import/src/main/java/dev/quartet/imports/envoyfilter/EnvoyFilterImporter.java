package dev.quartet.imports.envoyfilter;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Resources;
import dev.quartet.config.Tree;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.EnvoyFilter.ApplyTo;
import dev.quartet.config.networking.EnvoyFilter.ConfigPatch;
import dev.quartet.config.networking.EnvoyFilter.FilterChainMatch;
import dev.quartet.config.networking.EnvoyFilter.FilterMatch;
import dev.quartet.config.networking.EnvoyFilter.ListenerMatch;
import dev.quartet.config.networking.EnvoyFilter.ObjectMatch;
import dev.quartet.config.networking.EnvoyFilter.Operation;
import dev.quartet.config.networking.EnvoyFilter.Patch;
import dev.quartet.config.networking.EnvoyFilter.PatchContext;
import dev.quartet.config.networking.EnvoyFilter.SubFilterMatch;
import dev.quartet.config.networking.WorkloadSelector;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.read.UnreadableResourceException;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.imports.ImportInput;
import dev.quartet.imports.Imported;
import dev.quartet.imports.Importer;
import dev.quartet.imports.Made;
import dev.quartet.imports.OldFields;
import dev.quartet.imports.Origin;
import dev.quartet.imports.Told;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An EnvoyFilter's `filters` and `workloadLabels` as `configPatches` and `workloadSelector`. After Istio 1.4,
/// `networking/v1alpha3/envoy_filter.proto` and `core/v1alpha3/envoyfilter`. Filters of old come before the patches that already stand
/// there, as they did.
public final class EnvoyFilterImporter implements Importer {
    private static final String CONNECTION_MANAGER =
            "envoy.filters.network.http_connection_manager";
    private static final List<String> LISTENER_TYPES =
            List.of("ANY", "SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY");
    private static final String ROUTER = "envoy.filters.http.router";

    @Override
    public Imported convert(ImportInput input) {
        var told = new Told();
        var made = new ArrayList<Made>();
        for (var object : input.objects(Set.of(Kind.ENVOY_FILTER.label()))) {
            var before = told.errors();
            var resource = resource(object, told.of(object));
            if (told.errors() == before) {
                made.add(new Made(resource, List.of(Origin.of(object))));
            }
        }
        return new Imported(made, List.of(), told.findings());
    }

    private static Resource<EnvoyFilter> resource(ClusterObject object, Told.Of told) {
        var spec = OldFields.spec(told, object);
        var patches = new ArrayList<ConfigPatch>();
        for (var filter : spec.objects("filters")) {
            new OldFilter(filter, told).patch().ifPresent(patches::add);
            filter.close();
        }
        var today = today(spec, told);
        patches.addAll(today.configPatches());
        var labels = spec.textMap("workloadLabels");
        var selector = today.workloadSelector();
        if (!labels.isEmpty() && selector != null && !selector.labels().equals(labels)) {
            told.add(
                    Reason.CONFLICTING_FIELDS,
                    spec.at("workloadLabels"),
                    "workloadSelector selects other workloads",
                    "leave one of them");
        }
        spec.close();
        return Resources.of(
                new ResourceKey(
                        Kind.ENVOY_FILTER, object.subject().namespace(), object.subject().name()),
                object.labels(),
                annotations(object),
                new EnvoyFilter(
                        labels.isEmpty() ? selector : new WorkloadSelector(labels),
                        patches,
                        today.priority()));
    }

    private static Map<String, String> annotations(ClusterObject object) {
        var annotations = new LinkedHashMap<>(object.annotations());
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        return annotations;
    }

    /// What stands there in today's form already.
    private static EnvoyFilter today(OldFields spec, Told.Of told) {
        var fields = new LinkedHashMap<String, Tree>();
        for (var name : List.of("workloadSelector", "configPatches", "priority")) {
            spec.tree(name).ifPresent(value -> fields.put(name, value));
        }
        try {
            return (EnvoyFilter)
                    new ResourceReader()
                            .readJson(
                                    Kind.ENVOY_FILTER,
                                    "default/today",
                                    Map.of(),
                                    Map.of(),
                                    CanonicalJson.write(new Tree.Fields(fields)))
                            .spec();
        } catch (UnreadableResourceException e) {
            e.problems().forEach(it -> told.add(it.reason(), it.path(), it.fault(), it.fix()));
            return new EnvoyFilter(null, List.of(), null);
        }
    }

    /// One of the old `filters`. One use; not thread-safe.
    private static final class OldFilter {
        private final OldFields filter;
        private final Told.Of told;

        OldFilter(OldFields filter, Told.Of told) {
            this.filter = filter;
            this.told = told;
        }

        /// Empty when it cannot be said; then it has been told.
        Optional<ConfigPatch> patch() {
            var name = filter.text("filterName");
            if (name.isEmpty()) {
                missing(filter.at("filterName"), "the filter has no name", "add filterName");
            }
            var http = isHttp();
            var match = filter.object("listenerMatch");
            var context = match.word("listenerType", LISTENER_TYPES);
            var protocol = match.word("listenerProtocol", List.of("ALL", "HTTP", "TCP"));
            var port = match.integer("portNumber").filter(number -> number > 0);
            refuseIfThere(match, "portNamePrefix", "write portNumber, or take it out");
            refuseIfThere(match, "address", "take it out, and select the workloads by labels");
            match.close();
            var place = place(http, protocol.filter(it -> !it.equals("ALL")));
            var value = name.flatMap(it -> EnvoyFilters.typed(it, http, filter, told));
            if (place.isEmpty() || value.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    new ConfigPatch(
                            http ? ApplyTo.HTTP_FILTER : ApplyTo.NETWORK_FILTER,
                            objectMatch(context, port, place.get().beside()),
                            new Patch(place.get().operation(), value.get(), null)));
        }

        private boolean isHttp() {
            var type = filter.word("filterType", List.of("HTTP", "NETWORK"));
            if (!filter.has("filterType")) {
                missing(
                        filter.at("filterType"),
                        "nothing says what sort of filter it is",
                        "add filterType: HTTP or NETWORK");
            }
            return !type.equals(Optional.of("NETWORK"));
        }

        private void missing(FieldPath path, String fault, String fix) {
            told.add(Reason.MISSING_FIELD, path, fault, fix);
        }

        private void refuseIfThere(OldFields match, String name, String fix) {
            if (match.tree(name)
                    .filter(it -> !it.equals(new Tree.Items(List.of())))
                    .filter(it -> !it.equals(new Tree.Text("")))
                    .isPresent()) {
                told.refuse(match.at(name), "patches have no match by " + name, fix);
            }
        }

        private static @Nullable ObjectMatch objectMatch(
                Optional<String> context, Optional<Integer> port, @Nullable FilterMatch beside) {
            var chain =
                    beside == null
                            ? null
                            : new FilterChainMatch(null, null, null, null, beside, null);
            var listener =
                    port.isEmpty() && chain == null
                            ? null
                            : new ListenerMatch(port.orElse(null), null, chain, null, null);
            var of = context.map(PatchContext::valueOf).orElse(null);
            return of == null && listener == null
                    ? null
                    : new ObjectMatch(of, null, listener, null, null);
        }

        /// @param beside the filter that the chain must have; null for any chain
        private record Place(Operation operation, @Nullable FilterMatch beside) {}

        private Optional<Place> place(boolean http, Optional<String> protocol) {
            var position = filter.object("insertPosition");
            var index =
                    position.word("index", List.of("FIRST", "LAST", "BEFORE", "AFTER"))
                            .orElse("FIRST");
            var relative = position.text("relativeTo");
            position.close();
            if (http && protocol.equals(Optional.of("TCP"))) {
                told.refuse(
                        filter.at("listenerMatch").field("listenerProtocol"),
                        "an HTTP filter never stands on a TCP listener",
                        "write listenerProtocol: HTTP, or filterType: NETWORK");
                return Optional.empty();
            }
            var path = filter.at("insertPosition");
            return switch (index) {
                case "FIRST" ->
                        Optional.of(
                                new Place(
                                        Operation.INSERT_FIRST,
                                        http ? connectionManager(null) : terminal(protocol)));
                case "LAST" -> {
                    if (!http) {
                        told.refuse(
                                path.field("index"),
                                "a network filter behind the last one, which ends the chain, is refused by today's Envoy",
                                "write index: BEFORE, with relativeTo");
                        yield Optional.empty();
                    }
                    // the router must be the last today
                    yield Optional.of(
                            new Place(Operation.INSERT_BEFORE, connectionManager(ROUTER)));
                }
                default -> relative(http, protocol, index, relative, path);
            };
        }

        private Optional<Place> relative(
                boolean http,
                Optional<String> protocol,
                String index,
                Optional<String> relative,
                FieldPath path) {
            if (relative.isEmpty()) {
                missing(
                        path.field("relativeTo"),
                        index + " of nothing",
                        "add relativeTo, or write index: FIRST");
                return Optional.empty();
            }
            var other = EnvoyFilters.todaysName(relative.get(), http);
            if (other.isEmpty()) {
                told.refuse(
                        path.field("relativeTo"),
                        quoted(relative.get()) + " is no filter that today's proxies have",
                        "name one of " + String.join(", ", EnvoyFilters.names(http)));
                return Optional.empty();
            }
            if (index.equals("AFTER") && (other.get().equals(ROUTER) || isTerminal(other.get()))) {
                told.refuse(
                        path.field("index"),
                        "nothing runs behind " + other.get() + ", and today's Envoy refuses it",
                        "write index: BEFORE");
                return Optional.empty();
            }
            if (!http && protocol.isPresent() && !other.equals(terminalName(protocol.get()))) {
                told.refuse(
                        filter.at("listenerMatch").field("listenerProtocol"),
                        "a patch beside " + other.get() + " cannot ask for the protocol too",
                        "take listenerProtocol out, or write relativeTo: "
                                + terminalName(protocol.get()).orElse(""));
                return Optional.empty();
            }
            return Optional.of(
                    new Place(
                            index.equals("BEFORE")
                                    ? Operation.INSERT_BEFORE
                                    : Operation.INSERT_AFTER,
                            http
                                    ? connectionManager(other.get())
                                    : new FilterMatch(other.get(), null)));
        }

        private static FilterMatch connectionManager(@Nullable String sub) {
            return new FilterMatch(
                    CONNECTION_MANAGER, sub == null ? null : new SubFilterMatch(sub));
        }

        private static @Nullable FilterMatch terminal(Optional<String> protocol) {
            return protocol.flatMap(OldFilter::terminalName)
                    .map(name -> new FilterMatch(name, null))
                    .orElse(null);
        }

        private static Optional<String> terminalName(String protocol) {
            return Optional.of(
                    protocol.equals("HTTP") ? CONNECTION_MANAGER : EnvoyFilters.TCP_PROXY);
        }

        private static boolean isTerminal(String name) {
            return name.equals(CONNECTION_MANAGER) || name.equals(EnvoyFilters.TCP_PROXY);
        }
    }
}
