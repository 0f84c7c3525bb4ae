package dev.quartet.imports.ingress;

import dev.quartet.config.Tree;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.MeshConfig.IngressControllerMode;
import dev.quartet.config.read.ClusterObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Which Ingresses are the mesh's, and which gateways serve them.
///
/// @param className the mesh's
/// @param gateway the label `istio` of the gateways
/// @param controllers of the IngressClasses that there are, by their name
public record IngressSettings(
        IngressControllerMode mode,
        String className,
        String gateway,
        Map<String, String> controllers) {
    /// What an IngressClass says whose Ingresses are the mesh's, whatever it is called.
    public static final String CONTROLLER = "istio.io/ingress-controller";

    static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";
    private static final String DEFAULT_CLASS = "istio";
    private static final String DEFAULT_GATEWAY = "ingressgateway";

    public IngressSettings {
        controllers = Map.copyOf(controllers);
    }

    /// Unset is what Istio 1.4's defaults are: STRICT, class `istio`, gateways with the label `istio: ingressgateway`.
    ///
    /// @param mesh null when there is none
    /// @param classes the IngressClasses; other objects among them are passed over
    public static IngressSettings of(@Nullable MeshConfig mesh, Iterable<ClusterObject> classes) {
        var controllers = new HashMap<String, String>();
        for (var object : classes) {
            if (object.subject().kind().equals("IngressClass")) {
                controllers.put(object.subject().name(), text(object.body(), "spec", "controller"));
            }
        }
        return of(mesh, controllers);
    }

    /// @param controllers of the IngressClasses by their name
    public static IngressSettings of(@Nullable MeshConfig mesh, Map<String, String> controllers) {
        return new IngressSettings(
                mode(mesh == null ? null : mesh.ingressControllerMode()),
                orElse(mesh == null ? null : mesh.ingressClass(), DEFAULT_CLASS),
                orElse(mesh == null ? null : mesh.ingressSelector(), DEFAULT_GATEWAY),
                controllers);
    }

    private static IngressControllerMode mode(@Nullable IngressControllerMode given) {
        return switch (given) {
            case null -> IngressControllerMode.STRICT;
            case UNSPECIFIED -> IngressControllerMode.STRICT;
            case OFF, DEFAULT, STRICT -> given;
        };
    }

    private static String orElse(@Nullable String given, String otherwise) {
        return given == null || given.isEmpty() ? otherwise : given;
    }

    /// Whether it is an Ingress of the mesh.
    public boolean takes(ClusterObject object) {
        return object.subject().kind().equals(IngressReader.KIND)
                && takes(object.annotations(), text(object.body(), "spec", "ingressClassName"));
    }

    /// The class that an Ingress names, by the annotation or the field; empty when it names none.
    String classOf(ClusterObject object) {
        var annotated = object.annotations().get(CLASS_ANNOTATION);
        return annotated != null ? annotated : text(object.body(), "spec", "ingressClassName");
    }

    /// Whether an Ingress is the mesh's. The annotation counts before the field, as everywhere in Kubernetes.
    ///
    /// @param named in `spec.ingressClassName`; empty or null when it is not there
    public boolean takes(Map<String, String> annotations, @Nullable String named) {
        if (mode == IngressControllerMode.OFF) {
            return false;
        }
        var annotated = annotations.get(CLASS_ANNOTATION);
        if (annotated != null) {
            return annotated.equals(className);
        }
        if (named == null || named.isEmpty()) {
            return mode == IngressControllerMode.DEFAULT;
        }
        var controller = controllers.get(named);
        return controller == null ? named.equals(className) : controller.equals(CONTROLLER);
    }

    private static String text(Tree tree, String... way) {
        var at = tree;
        for (var name : way) {
            at =
                    at instanceof Tree.Fields fields
                            ? Objects.requireNonNullElseGet(
                                    fields.fields().get(name), Tree.Null::new)
                            : new Tree.Null();
        }
        return at instanceof Tree.Text text ? text.text() : "";
    }
}
