package dev.quartet.imports.rbac;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.schema.Names;
import dev.quartet.imports.Told;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// For which workloads the policies are that a role's rule becomes.
final class Targets {
    private final List<Service> services;
    private final Coverage coverage;
    private final String namespace;

    /// @param labels of the workloads; empty for all of the namespace
    /// @param ports of the workloads; null for all
    /// @param name for a policy's name; empty for all of the namespace
    record Target(Map<String, String> labels, @Nullable Set<String> ports, String name) {
        Target {
            labels = Map.copyOf(labels);
        }
    }

    Targets(List<Service> services, Coverage coverage, String namespace) {
        this.services = services.stream().filter(it -> it.namespace().equals(namespace)).toList();
        this.coverage = coverage;
        this.namespace = namespace;
    }

    /// Empty when the rule grants nothing, or cannot be said, which is told.
    List<Target> of(AccessRule rule, Told.Of told) {
        if (!rule.namespaces().stream()
                .allMatch(any -> any.stream().anyMatch(it -> Pattern.matches(it, namespace)))) {
            return List.of();
        }
        var targets = new ArrayList<Target>();
        if (rule.names().isEmpty()
                && rule.services().stream().anyMatch(it -> Pattern.isWide(it, namespace))
                && coverage.coversWhole(namespace)) {
            targets.add(new Target(Map.of(), null, ""));
        } else {
            var granted = granted(rule, told);
            for (var service : granted) {
                service(service, granted, rule.path().field("services"), told)
                        .ifPresent(targets::add);
            }
        }
        return labelled(targets, rule.labels());
    }

    /// The services for which RBAC is on that the rule is for.
    private Set<Service> granted(AccessRule rule, Told.Of told) {
        var path = rule.path().field("services");
        for (int i = 0; i < rule.services().size(); i++) {
            var pattern = rule.services().get(i);
            if (!Pattern.isWide(pattern, namespace)
                    && services.stream().noneMatch(it -> Pattern.matches(pattern, it.host()))) {
                noSuch(pattern, path.index(i), told);
            }
        }
        for (var any : rule.names()) {
            for (var pattern : any) {
                if (services.stream().noneMatch(it -> Pattern.matches(pattern, it.name()))) {
                    told.refuse(
                            rule.path().field("constraints"),
                            "no Service of the namespace among the files is called "
                                    + quoted(pattern),
                            "name the file of the Service with -f too");
                }
            }
        }
        var granted = new LinkedHashSet<Service>();
        services.stream()
                .filter(service ->
                        rule.services().stream().anyMatch(it -> Pattern.matches(it, service.host()))
                                && rule.names().stream()
                                        .allMatch(any ->
                                                any.stream()
                                                        .anyMatch(it ->
                                                                Pattern.matches(
                                                                        it, service.name()))))
                .filter(coverage::covers)
                .forEach(granted::add);
        return granted;
    }

    private void noSuch(String pattern, FieldPath path, Told.Of told) {
        var isShort = Names.isDnsLabel(pattern);
        told.refuse(
                path,
                isShort
                        ? quoted(pattern) + " is no full name of a service, so it grants nothing"
                        : "no Service of the namespace "
                                + namespace
                                + " among the files fits "
                                + quoted(pattern),
                isShort
                        ? "write " + pattern + Service.suffix(namespace)
                        : "name the file of the Service with -f too: a policy selects workloads by its selector");
    }

    /// The workloads of one service, if a policy for them grants nothing besides.
    Optional<Target> service(Service service, Set<Service> granted, FieldPath path, Told.Of told) {
        if (service.selector().isEmpty()) {
            told.refuse(
                    path,
                    "the Service "
                            + service.name()
                            + " has no selector, so its workloads are not known",
                    "give the Service a selector");
            return Optional.empty();
        }
        var apart = false;
        for (var other : services) {
            if (!granted.contains(other) && service.mayShareWorkloads(other)) {
                if (!service.hasPortsApartFrom(other)) {
                    told.refuse(
                            path,
                            "the Services "
                                    + service.name()
                                    + " and "
                                    + other.name()
                                    + " may have the same workloads, and a policy for one would be for both",
                            "name both, or give their workloads labels that tell them apart");
                    return Optional.empty();
                }
                apart = true;
            }
        }
        return Optional.of(
                new Target(service.selector(), apart ? service.ports() : null, service.name()));
    }

    /// The same for the workloads that have the labels too: one for each way to have them.
    private static List<Target> labelled(List<Target> targets, List<AccessRule.Label> labels) {
        var labelled = targets;
        for (var label : labels) {
            var next = new ArrayList<Target>();
            for (var target : labelled) {
                for (var value : new TreeSet<>(label.values())) {
                    var wanted = new TreeMap<>(target.labels());
                    var given = wanted.putIfAbsent(label.key(), value);
                    if (given == null || given.equals(value)) {
                        var word = word(value);
                        next.add(
                                new Target(
                                        wanted,
                                        target.ports(),
                                        given != null
                                                ? target.name()
                                                : target.name().isEmpty()
                                                        ? word
                                                        : target.name() + "-" + word));
                    }
                }
            }
            labelled = next;
        }
        return labelled;
    }

    /// What of a label's value may stand in a name.
    private static String word(String value) {
        return value.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    }
}
