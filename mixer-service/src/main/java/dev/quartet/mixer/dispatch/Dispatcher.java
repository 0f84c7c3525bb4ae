package dev.quartet.mixer.dispatch;

import dev.quartet.admin.LogLimit;
import dev.quartet.expressions.Attributes;
import dev.quartet.expressions.Expression;
import dev.quartet.expressions.ExpressionException;
import dev.quartet.mixer.adapter.CheckOutcome;
import dev.quartet.mixer.adapter.LabelValues;
import dev.quartet.mixer.routing.DimensionReader;
import dev.quartet.mixer.routing.DispatchMeters;
import dev.quartet.mixer.routing.RoutingTable;
import io.grpc.Status;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the rules in force on requests, from many threads at once. A request sees one table from beginning to end.
public final class Dispatcher {
    private static final Logger LOGGER = LoggerFactory.getLogger(Dispatcher.class);

    private final DispatchMeters meters;
    private final LogLimit logLimit = new LogLimit();
    private volatile @Nullable RoutingTable table;

    public Dispatcher(DispatchMeters meters) {
        this.meters = meters;
    }

    /// From the next request on.
    public void use(RoutingTable next) {
        table = next;
    }

    public Optional<RoutingTable> table() {
        return Optional.ofNullable(table);
    }

    /// Asks every check whose rule matches, also after a first denial, so that the caller learns all reasons.
    ///
    /// @throws CheckFailedException when no verdict can be had; the request must not pass for that
    public Verdict check(Attributes attributes) {
        var current = table;
        if (current == null) {
            throw new CheckFailedException("no configuration has come from Galley yet");
        }
        Status.@Nullable Code code = null;
        StringBuilder message = null;
        int destinations = 0;
        int instances = 0;
        for (var action : current.actions(namespace(attributes)).checks()) {
            if (!holds(action.match(), attributes)) {
                continue;
            }
            destinations++;
            switch (action.step()) {
                case RoutingTable.CheckStep.Refuse(var fault) -> {
                    code = code == null ? Status.Code.PERMISSION_DENIED : code;
                    message = join(message, action.handler(), fault);
                }
                case RoutingTable.CheckStep.Ask ask -> {
                    for (var instance : ask.instances()) {
                        instances++;
                        var outcome = ask(ask, action, instance, attributes);
                        if (!outcome.ok()) {
                            code = code == null ? outcome.code() : code;
                            message = join(message, action.handler(), outcome.message());
                        }
                    }
                }
            }
        }
        meters.request(destinations, instances);
        return code == null
                ? Verdict.OK
                : new Verdict(code, message == null ? "" : message.toString());
    }

    private static CheckOutcome ask(
            RoutingTable.CheckStep.Ask ask,
            RoutingTable.CheckAction action,
            String instance,
            Attributes attributes) {
        long start = System.nanoTime();
        boolean failed = true;
        try {
            var outcome = ask.handler().check(instance, attributes);
            failed = false;
            return outcome;
        } catch (RuntimeException e) {
            throw new CheckFailedException(
                    "handler "
                            + action.handler()
                            + " of rule "
                            + action.rule()
                            + " failed on instance "
                            + instance,
                    e);
        } finally {
            ask.meters().called(start, failed);
        }
    }

    private static StringBuilder join(
            @Nullable StringBuilder message, String handler, String text) {
        var joined = message == null ? new StringBuilder() : message.append(", ");
        return joined.append(handler).append(':').append(text);
    }

    /// Gives the values of every instance whose rule matches to its handler. What fails is counted and left out; the
    /// rest of the request is still reported.
    public void report(Attributes attributes, long nowMillis) {
        var current = table;
        if (current == null) {
            return;
        }
        var dimensions = new @Nullable LabelValues[current.dimensionReaders()];
        int destinations = 0;
        int instances = 0;
        for (var action : current.actions(namespace(attributes)).reports()) {
            if (!holds(action.match(), attributes)) {
                continue;
            }
            destinations++;
            long start = System.nanoTime();
            boolean failed = false;
            for (var measurement : action.measurements()) {
                instances++;
                try {
                    double value = DimensionReader.number(measurement.value().evaluate(attributes));
                    var reader = measurement.dimensions();
                    var labels = dimensions[reader.index()];
                    if (labels == null) {
                        labels = reader.read(attributes);
                        dimensions[reader.index()] = labels;
                    }
                    measurement.sink().record(labels, value, nowMillis);
                } catch (ExpressionException | RuntimeException e) {
                    failed = true;
                    log(action, measurement, e);
                }
            }
            action.meters().called(start, failed);
        }
        meters.request(destinations, instances);
    }

    private static boolean holds(@Nullable Expression match, Attributes attributes) {
        return match == null || match.holds(attributes);
    }

    /// The client's side works for the source's namespace, the server's side for the destination's.
    private static @Nullable String namespace(Attributes attributes) {
        boolean outbound = "outbound".equals(attributes.get("context.reporter.kind"));
        return attributes.get(outbound ? "source.namespace" : "destination.namespace")
                        instanceof String namespace
                ? namespace
                : null;
    }

    private void log(
            RoutingTable.ReportAction action, RoutingTable.Measurement measurement, Exception e) {
        if (logLimit.due()) {
            LOGGER.atWarn()
                    .addKeyValue("kind", "instance")
                    .addKeyValue("name", measurement.instance())
                    .addKeyValue("reason", action.rule())
                    .addKeyValue("error", e.getMessage())
                    .log("Report left out");
        }
    }
}
