package dev.quartet.imports.ingress;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Severity;
import dev.quartet.config.Tree;
import dev.quartet.config.check.Values;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.schema.Names;
import dev.quartet.imports.ingress.ReadIngress.Backend;
import dev.quartet.imports.ingress.ReadIngress.Path;
import dev.quartet.imports.ingress.ReadIngress.Rule;
import dev.quartet.imports.ingress.ReadIngress.TlsEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads Ingresses of `networking.k8s.io/v1` strictly, and in files the older ones: `networking.k8s.io/v1beta1` and
/// `extensions/v1beta1`, whose backends are `serviceName` and `servicePort` and whose paths need no type.
public final class IngressReader {
    static final String KIND = "Ingress";

    private static final String PATH_TYPE = "pathType";
    private static final Set<String> OLD =
            Set.of("networking.k8s.io/v1beta1", "extensions/v1beta1");

    private final ClusterObject object;
    private final Part root;
    private final boolean old;

    /// @param ingress null when there is an error among the problems
    /// @param problems without a resource: an Ingress is none of the mesh's kinds
    public record Read(@Nullable ReadIngress ingress, List<Problem> problems) {
        public Read {
            problems = List.copyOf(problems);
        }
    }

    private IngressReader(ClusterObject object) {
        this.object = object;
        this.root = new Part(object.body(), FieldPath.ROOT, object, new ArrayList<>());
        this.old = OLD.contains(root.at("apiVersion").text());
    }

    /// Never throws for bad content: what is wrong is among the problems.
    public static Read read(ClusterObject object) {
        var reader = new IngressReader(object);
        var ingress = reader.ingress();
        var problems = reader.root.problems();
        var good = problems.stream().noneMatch(it -> it.severity() == Severity.ERROR);
        return new Read(good ? ingress : null, problems);
    }

    private ReadIngress ingress() {
        var metadata = root.at("metadata");
        if (!Names.isDnsName(object.subject().name())) {
            metadata.at("name")
                    .invalid(
                            quoted(object.subject().name()) + " is no name",
                            "use lower-case letters, digits, - and .");
        }
        if (!Names.isDnsLabel(object.subject().namespace())) {
            metadata.at("namespace")
                    .invalid(
                            quoted(object.subject().namespace()) + " is no name for a namespace",
                            "use lower-case letters, digits and -");
        }
        var spec = root.at("spec");
        var backend = old ? "backend" : "defaultBackend";
        spec.knows("ingressClassName", backend, "tls", "rules");
        var defaultBackend = spec.at(backend).isThere() ? backend(spec.at(backend)) : null;
        var rules = spec.at("rules").items((rule, _) -> rule(rule));
        if (rules.isEmpty() && defaultBackend == null && root.problems().isEmpty()) {
            spec.missing("the Ingress leads nowhere", "add rules or " + backend);
        }
        return new ReadIngress(
                object,
                metadata.at("creationTimestamp").text(),
                spec.at("tls").items((entry, _) -> tls(entry)),
                defaultBackend,
                rules);
    }

    private static TlsEntry tls(Part entry) {
        entry.knows("hosts", "secretName");
        return new TlsEntry(
                entry.at("hosts").items((host, _) -> host(host)),
                entry.at("secretName").text(),
                entry.path());
    }

    private Rule rule(Part rule) {
        rule.knows("host", "http");
        var host = rule.at("host");
        var http = rule.at("http").knows("paths");
        if (http.isThere()
                && !(http.at("paths").tree() instanceof Tree.Items(var items)
                        && !items.isEmpty())) {
            http.at("paths").missing("the rule has no paths", "add one, or take http out");
        }
        return new Rule(
                host.text().isEmpty() ? "*" : host(host),
                http.at("paths").items((path, _) -> path(path)),
                rule.path());
    }

    private static String host(Part part) {
        var host = part.text().toLowerCase(Locale.ROOT);
        if (!Values.isHost(host)) {
            part.invalid(
                    quoted(host) + " is no host",
                    "write a name like a.example.org or *.example.org");
        }
        return host;
    }

    private @Nullable Path path(Part path) {
        path.knows("path", PATH_TYPE, "backend");
        var match = match(path);
        if (!path.at("backend").isThere()) {
            path.at("backend").missing("the path leads nowhere", "add a backend");
            return null;
        }
        var backend = backend(path.at("backend"));
        return match == null || backend == null ? null : new Path(match, backend, path.path());
    }

    private @Nullable PathMatch match(Part part) {
        var path = part.at("path").text();
        var type = part.at(PATH_TYPE).text();
        if (type.isEmpty()) {
            if (old) {
                type = "ImplementationSpecific";
            } else {
                part.at(PATH_TYPE).missing("the path has no type", "add pathType: Prefix or Exact");
                return null;
            }
        }
        var specific = type.equals("ImplementationSpecific");
        if (!path.startsWith("/") && !(specific && (path.isEmpty() || path.equals(".*")))) {
            part.at("path").invalid(quoted(path) + " is no path", "begin it with /");
            return null;
        }
        if (path.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            part.at("path")
                    .invalid(
                            quoted(path) + " holds a sign that no path has",
                            "write it percent-encoded");
            return null;
        }
        return switch (type) {
            case "Exact" -> PathMatch.exact(path);
            case "Prefix" -> PathMatch.prefix(path);
            case "ImplementationSpecific" -> PathMatch.asIstioReads(path);
            default -> {
                part.at(PATH_TYPE)
                        .invalid(
                                quoted(type) + " is no type of path",
                                "write Prefix, Exact or ImplementationSpecific");
                yield null;
            }
        };
    }

    private @Nullable Backend backend(Part backend) {
        if (old) {
            backend.knows("serviceName", "servicePort", "resource");
        } else {
            backend.knows("service", "resource");
        }
        var resource = backend.at("resource");
        if (resource.isThere()) {
            return new Backend.OfResource(
                    resource.at("kind").text(), resource.at("name").text(), resource.path());
        }
        return old ? oldService(backend) : service(backend.at("service").knows("name", "port"));
    }

    private static @Nullable Backend oldService(Part backend) {
        var name = name(backend.at("serviceName"));
        var port = backend.at("servicePort");
        if (name == null) {
            return null;
        }
        if (port.tree() instanceof Tree.Text(var named) && !named.isEmpty()) {
            return new Backend.Named(name, named, port.path());
        }
        if (!port.isThere()) {
            port.missing("the backend has no port", "add servicePort");
            return null;
        }
        return numbered(name, port);
    }

    private static @Nullable Backend service(Part service) {
        var name = name(service.at("name"));
        var port = service.at("port").knows("name", "number");
        if (name == null) {
            return null;
        }
        var named = port.at("name").text();
        if (!named.isEmpty()) {
            return new Backend.Named(name, named, port.at("name").path());
        }
        if (!port.at("number").isThere()) {
            port.missing("the backend has no port", "add port.number or port.name");
            return null;
        }
        return numbered(name, port.at("number"));
    }

    private static @Nullable Backend numbered(String service, Part port) {
        var number = port.port();
        return number == null ? null : new Backend.Numbered(service, number, port.path());
    }

    private static @Nullable String name(Part part) {
        var name = part.text();
        if (Names.isDnsLabel(name)) {
            return name;
        }
        if (name.isEmpty()) {
            part.missing("the backend names no service", "add the Service's name");
        } else {
            part.invalid(quoted(name) + " is no name for a Service", "write the Service's name");
        }
        return null;
    }
}
