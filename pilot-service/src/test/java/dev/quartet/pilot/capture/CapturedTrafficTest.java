package dev.quartet.pilot.capture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Connections of an application that knows nothing of a proxy: by the addresses of services, and for what no service has.
class CapturedTrafficTest {
    private static final String GROUP =
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: WorkloadGroup
            metadata: {name: storefront-v1, namespace: shop}
            spec:
              metadata: {labels: {app: storefront}}
              template: {serviceAccount: storefront}
            """;

    private static CapturedPod pod;

    @BeforeAll
    static void start() throws Exception {
        pod = new CapturedPod();
        pod.listen("10", 3306, "orders");
        pod.listen("11", 3306, "stock");
        pod.listen("12", 7777, "outside");
        pod.listen("13", 4444, "range");
    }

    @AfterAll
    static void stop() throws Exception {
        if (pod != null) {
            pod.close();
        }
    }

    private static String database(String name, String address, String endpoint, String protocol) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: ServiceEntry
        metadata: {name: %1$s, namespace: shop}
        spec:
          hosts: [%1$s.shop.svc.cluster.local]
          location: MESH_INTERNAL
          resolution: STATIC
          addresses: [%2$s]
          ports: [{number: 3306, name: data, protocol: %4$s}]
          endpoints: [{address: %3$s}]
        """
                .formatted(name, address, endpoint, protocol);
    }

    @Test
    void servicesOnOnePortAreToldApartByTheirAddresses() throws Exception {
        pod.serve(
                "addresses",
                GROUP
                        + database("orders", "198.19.0.10", "198.18.0.10", "TCP")
                        + database("stock", "198.19.0.11", "198.18.0.11", "TCP"));

        assertThat(pod.connect("198.19.0.10", 3306, "a\\n")).isEqualTo("orders\na");
        assertThat(pod.connect("198.19.0.11", 3306, "b\\n")).isEqualTo("stock\nb");
    }

    @Test
    void aServerThatSpeaksFirstIsHeardOnAPortThatSaysNothing() throws Exception {
        pod.serve(
                "first",
                GROUP
                        + database("orders", "198.19.0.10", "198.18.0.10", "\"\"")
                                .replace(", protocol: \"\"", ""));

        assertThat(pod.hear("198.19.0.10", 3306)).isEqualTo("orders");
    }

    @Test
    void aRangeOfAddressesIsOneService() throws Exception {
        pod.serve(
                "range",
                GROUP
                        + """
                        ---
                        apiVersion: networking.istio.io/v1alpha3
                        kind: ServiceEntry
                        metadata: {name: range, namespace: shop}
                        spec:
                          hosts: [range.example.com]
                          resolution: STATIC
                          addresses: [198.19.7.0/24]
                          ports: [{number: 4444, name: tcp, protocol: TCP}]
                          endpoints: [{address: 198.18.0.13}]
                        """);

        assertThat(pod.connect("198.19.7.1", 4444, "\\n")).isEqualTo("range");
        assertThat(pod.connect("198.19.7.200", 4444, "\\n")).isEqualTo("range");
    }

    @Test
    void aServiceWithoutResolutionIsWhereTheClientWantsToGo() throws Exception {
        pod.serve(
                "none",
                GROUP
                        + """
                        ---
                        apiVersion: networking.istio.io/v1alpha3
                        kind: ServiceEntry
                        metadata: {name: any, namespace: shop}
                        spec:
                          hosts: [any.example.com]
                          resolution: NONE
                          addresses: [198.18.0.0/24]
                          ports: [{number: 3306, name: tcp, protocol: TCP}]
                        """);

        assertThat(pod.connect("198.18.0.10", 3306, "\\n")).isEqualTo("orders");
        assertThat(pod.connect("198.18.0.11", 3306, "\\n")).isEqualTo("stock");
    }

    @Test
    void whatNoServiceHasGoesOutOrNotAsTheMeshSays() throws Exception {
        pod.serve("open", GROUP);
        assertThat(pod.connect("198.18.0.12", 7777, "\\n")).isEqualTo("outside");

        pod.serve(
                "closed",
                GROUP
                        + """
                        ---
                        apiVersion: mesh.istio.io/v1alpha1
                        kind: MeshConfig
                        metadata: {name: default}
                        spec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}
                        """);
        assertThat(pod.connect("198.18.0.12", 7777, "\\n")).isEmpty();
    }

    @Test
    void httpIsRoutedByItsHostWhateverTheAddress() throws Exception {
        pod.listen(
                "10",
                9080,
                "HTTP/1.1 200 OK\r\ncontent-length: 7\r\nx-from: reviews\r\n\r\nreviews");
        pod.serve(
                "http",
                GROUP
                        + """
                        ---
                        apiVersion: networking.istio.io/v1alpha3
                        kind: ServiceEntry
                        metadata: {name: reviews, namespace: shop}
                        spec:
                          hosts: [reviews.shop.svc.cluster.local]
                          location: MESH_INTERNAL
                          resolution: STATIC
                          addresses: [198.19.0.20]
                          ports: [{number: 9080, name: http, protocol: HTTP}]
                          endpoints: [{address: 198.18.0.10}]
                        """);

        assertThat(
                        pod.connect(
                                "198.19.0.99",
                                9080,
                                "GET / HTTP/1.1\\r\\nhost: reviews:9080\\r\\nconnection: close\\r\\n\\r\\n"))
                .startsWith("HTTP/1.1 200 OK")
                .contains("x-from: reviews")
                .endsWith("reviews");
    }

    @Test
    void theProxysOwnPortsLeadNowhere() throws Exception {
        pod.serve("guard", GROUP);

        assertThat(pod.connect("198.18.0.2", 15001, "\\n")).isEmpty();
        assertThat(pod.connect("198.18.0.2", 15006, "\\n")).isEmpty();
    }
}
