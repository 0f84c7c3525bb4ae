package dev.quartet.pilot.kube;

import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.Cluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A kubeconfig that somebody else wrote, read with nothing of this process beside it. Pure.
///
/// Refused is what would run a program here (`exec`, `auth-provider`), send a file of Pilot's to another server (paths
/// instead of data), go by a proxy, or trust any server.
final class Kubeconfig {
    /// What is wrong, and what to do; never a part of the content.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    private Kubeconfig() {}

    static Config read(String text) throws Refused {
        var file = parse(text);
        var context =
                orEmpty(file.getContexts()).stream()
                        .filter(it -> Objects.equals(it.getName(), file.getCurrentContext()))
                        .map(it -> it.getContext())
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElseThrow(() ->
                                new Refused("current-context names no context; set it to one"));
        var cluster =
                orEmpty(file.getClusters()).stream()
                        .filter(it -> Objects.equals(it.getName(), context.getCluster()))
                        .map(it -> it.getCluster())
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElseThrow(() -> new Refused("the context's cluster is not there"));
        var user =
                orEmpty(file.getUsers()).stream()
                        .filter(it -> Objects.equals(it.getName(), context.getUser()))
                        .map(it -> it.getUser())
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElseThrow(() -> new Refused("the context's user is not there"));
        check(cluster);
        check(user);
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(cluster.getServer())
                .withCaCertData(cluster.getCertificateAuthorityData())
                .withOauthToken(user.getToken())
                .withClientCertData(user.getClientCertificateData())
                .withClientKeyData(user.getClientKeyData())
                .build();
    }

    private static io.fabric8.kubernetes.api.model.Config parse(String text) throws Refused {
        try {
            var file = Serialization.unmarshal(text, io.fabric8.kubernetes.api.model.Config.class);
            if (file != null) {
                return file;
            }
        } catch (KubernetesClientException | IllegalArgumentException _) {
            // its message may quote a secret
        }
        throw new Refused("it is no kubeconfig; make one with istioctl create-remote-secret");
    }

    private static void check(Cluster cluster) throws Refused {
        URI server;
        try {
            server = URI.create(Objects.requireNonNullElse(cluster.getServer(), ""));
        } catch (IllegalArgumentException _) {
            throw new Refused("cluster.server is no URL");
        }
        if (!"https".equals(server.getScheme()) || server.getHost() == null) {
            throw new Refused("cluster.server must be an https URL");
        }
        refuse(
                cluster.getCertificateAuthority(),
                "certificate-authority is a path; take certificate-authority-data");
        refuse(cluster.getProxyUrl(), "proxy-url is not supported");
        refuse(
                cluster.getTlsServerName(),
                "tls-server-name is not supported; name the server as its certificate does");
        if (Boolean.TRUE.equals(cluster.getInsecureSkipTlsVerify())) {
            throw new Refused(
                    "insecure-skip-tls-verify trusts any server; give certificate-authority-data");
        }
    }

    private static void check(AuthInfo user) throws Refused {
        refuse(user.getExec(), "exec runs a program in Pilot; take a token of a service account");
        refuse(
                user.getAuthProvider(),
                "auth-provider is not supported; take a token of a service account");
        refuse(user.getTokenFile(), "tokenFile is a path; take token");
        refuse(
                user.getClientCertificate(),
                "client-certificate is a path; take client-certificate-data");
        refuse(user.getClientKey(), "client-key is a path; take client-key-data");
        refuse(user.getUsername(), "username and password are not supported; take token");
        refuse(user.getAs(), "as is not supported; take the token of whom it names");
        if (user.getToken() == null && user.getClientCertificateData() == null) {
            throw new Refused("user has neither token nor client-certificate-data");
        }
    }

    private static void refuse(@Nullable Object value, String words) throws Refused {
        if (value != null && !value.equals("")) {
            throw new Refused(words);
        }
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
