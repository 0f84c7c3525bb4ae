package dev.quartet.citadel.kube;

import dev.quartet.citadel.keep.KeptSecret;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A Secret, made once: the apiserver lets one of several creators win, the others read the winner's. It is never
/// written again from here.
public final class KubernetesSecret implements KeptSecret {

    private static final int CONFLICT = 409;

    private final KubernetesClient client;
    private final String namespace;
    private final String name;
    private final String type;
    private final List<String> keys;
    private final Function<String, List<String>> split;

    /// @param keys the Secret's keys, whose contents together are the kept text
    /// @param split the text into the keys' contents
    private KubernetesSecret(
            KubernetesClient client,
            String namespace,
            String name,
            String type,
            List<String> keys,
            Function<String, List<String>> split) {
        this.client = client;
        this.namespace = namespace;
        this.name = name;
        this.type = type;
        this.keys = keys;
        this.split = split;
    }

    /// The root in Istio 1.4's form (`security/pkg/pki/ca`): Secret `istio-ca-secret`, `ca-cert.pem` and `ca-key.pem`.
    public static KubernetesSecret root(KubernetesClient client, String namespace) {
        return new KubernetesSecret(
                client,
                namespace,
                "istio-ca-secret",
                "istio.io/ca-root",
                List.of("ca-cert.pem", "ca-key.pem"),
                KubernetesSecret::certificateAndKey);
    }

    /// The key that signs tokens for workloads outside the cluster.
    public static KubernetesSecret tokenKey(KubernetesClient client, String namespace) {
        return new KubernetesSecret(
                client,
                namespace,
                "istio-ca-token-key",
                "Opaque",
                List.of("token-key.jwk"),
                List::of);
    }

    private static List<String> certificateAndKey(String pem) {
        try {
            var material = KeyMaterial.fromPem(pem);
            return List.of(Pem.encode(material.chain()), Pem.encode(material.key()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a root that was just made can't be read", e);
        }
    }

    @Override
    public String loadOrCreate(Supplier<String> fresh) throws IOException {
        try {
            var there = read();
            if (there == null) {
                there = create(fresh.get());
            }
            return text(there);
        } catch (KubernetesClientException e) {
            // the exception's own message could quote an object
            throw new IOException(
                    "the apiserver can't be asked for %s (%s); is it there, and may Citadel's service account get and create Secrets?"
                            .formatted(this, e.getCode() == 0 ? "no answer" : e.getCode()),
                    e);
        }
    }

    private @Nullable Secret read() {
        return client.secrets().inNamespace(namespace).withName(name).get();
    }

    private Secret create(String text) throws IOException {
        var data = new LinkedHashMap<String, String>();
        var contents = split.apply(text);
        for (var i = 0; i < keys.size(); i++) {
            data.put(
                    keys.get(i),
                    Base64.getEncoder()
                            .encodeToString(contents.get(i).getBytes(StandardCharsets.UTF_8)));
        }
        var secret =
                new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(name)
                        .endMetadata()
                        .withType(type)
                        .withData(data)
                        .build();
        try {
            return client.resource(secret).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != CONFLICT) {
                throw e;
            }
            var winner = read();
            if (winner == null) {
                throw new IOException("%s was deleted while Citadel started".formatted(this), e);
            }
            return winner;
        }
    }

    private String text(Secret secret) throws IOException {
        var data = secret.getData() == null ? Map.<String, String>of() : secret.getData();
        var text = new StringBuilder();
        for (var key : keys) {
            var content = data.get(key);
            if (content == null || content.isEmpty()) {
                throw new IOException(
                        "%s has no key %s; restore it from a copy".formatted(this, key));
            }
            text.append(new String(Base64.getDecoder().decode(content), StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return "Secret " + namespace + "/" + name;
    }
}
