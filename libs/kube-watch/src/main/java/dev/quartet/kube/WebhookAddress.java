package dev.quartet.kube;

import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfig;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfigBuilder;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// Where kube-apiserver calls a service's webhooks.
///
/// @param url of a webhook outside of the cluster, with or without the path; null: the Service, port 443
public record WebhookAddress(@Nullable URI url, String namespace, String service) {
    private static final int PORT = 443;

    /// @param path on the webhook's port: `/inject`
    public WebhookClientConfig at(String path) {
        var client = new WebhookClientConfigBuilder();
        if (url == null) {
            client.withNewService()
                    .withName(service)
                    .withNamespace(namespace)
                    .withPath(path)
                    .withPort(PORT)
                    .endService();
        } else {
            var given = url.toString();
            var base = given.endsWith("/") ? given.substring(0, given.length() - 1) : given;
            client.withUrl(base.endsWith(path) ? base : base + path);
        }
        return client.build();
    }
}
