package dev.quartet.galley.kube;

/// Objects as users write them.
public final class IngressObjects {
    private IngressObjects() {}

    /// @param path and its `pathType`
    /// @param port of the Service `reviews`: `name: http` or `number: 9080`
    public static String ingress(String name, String path, String port) {
        return """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: %s, namespace: shop}
        spec:
          ingressClassName: istio
          rules:
          - host: %s.example.org
            http:
              paths:
              - {%s, backend: {service: {name: reviews, port: {%s}}}}
        """
                .formatted(name, name, path, port);
    }

    public static String ingress(String name) {
        return ingress(name, "path: /, pathType: Prefix", "number: 9080");
    }
}
