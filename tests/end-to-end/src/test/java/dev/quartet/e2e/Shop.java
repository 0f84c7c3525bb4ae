package dev.quartet.e2e;

import dev.quartet.testkit.Json;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import java.util.HashMap;
import java.util.Map;

/// Requests to the bookshop, and its answers.
final class Shop {
    static final String REVIEWS = "reviews.shop.svc.cluster.local";

    private Shop() {}

    /// From outside, through the gateway.
    static PlainHttp.Answer page(MeshUnderTest mesh, Map<String, String> headers) {
        return PlainHttp.get(mesh.gateway(), "/storefront", headers);
    }

    /// As one workload's application sends it: through its sidecar.
    static PlainHttp.Answer call(
            MeshUnderTest mesh, String from, String service, Map<String, String> headers) {
        return PlainHttp.get(mesh.outboundProxy(from), "/" + service + "/1", to(service, headers));
    }

    static Map<String, String> to(String service) {
        return to(service, Map.of());
    }

    static Map<String, String> to(String service, Map<String, String> headers) {
        var all = new HashMap<>(headers);
        all.put("Host", service + ".shop.svc.cluster.local:9080");
        return all;
    }

    /// The version of reviews that has answered, in a page or in an answer of its own.
    static String reviewsVersion(String body) {
        return Json.read(body) instanceof Map<?, ?> page
                ? String.valueOf(
                        (page.get("reviews") instanceof Map<?, ?> reviews ? reviews : page)
                                .get("version"))
                : "none";
    }

    /// Sends all requests for reviews to one version.
    static String allReviewsTo(String version) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: VirtualService
        metadata: {name: reviews, namespace: shop}
        spec:
          hosts: [reviews.shop.svc.cluster.local]
          http:
          - route:
            - destination: {host: reviews.shop.svc.cluster.local, subset: %s}
        """
                .formatted(version);
    }
}
