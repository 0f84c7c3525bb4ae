package dev.quartet.config.security;

import dev.quartet.config.Spec;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.schema.NotEmpty;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may call what (`security/v1beta1/authorization_policy.proto`). Without a selector it holds for its namespace, in the mesh's
/// root namespace for the whole mesh.
///
/// A value may be `*`, which asks only that there be one, `prefix*` or `*suffix`.
///
/// @param rules any one is enough; an ALLOW policy without rules denies everything
/// @param action `ALLOW` when left out
public record AuthorizationPolicy(
        @Nullable LabelSelector selector, List<Rule> rules, @Nullable Action action)
        implements Spec {
    public AuthorizationPolicy {
        rules = List.copyOf(rules);
    }

    public enum Action {
        ALLOW,
        DENY,
        AUDIT
    }

    /// All three parts must hold; one that is left out always does.
    ///
    /// @param from any one of them
    /// @param to any one of them
    /// @param when all of them
    public record Rule(@NotEmpty List<From> from, @NotEmpty List<To> to, List<Condition> when) {
        public Rule {
            from = List.copyOf(from);
            to = List.copyOf(to);
            when = List.copyOf(when);
        }
    }

    public record From(@Required Source source) {}

    public record To(@Required Operation operation) {}

    /// The caller. All fields that are given must hold.
    ///
    /// @param principals `cluster.local/ns/<namespace>/sa/<account>`
    /// @param requestPrincipals `<issuer>/<subject>` of a token
    /// @param ipBlocks the peer's address, or subnets
    /// @param remoteIpBlocks the address in front of trusted proxies (`X-Forwarded-For`)
    public record Source(
            List<String> principals,
            List<String> notPrincipals,
            List<String> requestPrincipals,
            List<String> notRequestPrincipals,
            List<String> namespaces,
            List<String> notNamespaces,
            List<String> ipBlocks,
            List<String> notIpBlocks,
            List<String> remoteIpBlocks,
            List<String> notRemoteIpBlocks) {
        public Source {
            principals = List.copyOf(principals);
            notPrincipals = List.copyOf(notPrincipals);
            requestPrincipals = List.copyOf(requestPrincipals);
            notRequestPrincipals = List.copyOf(notRequestPrincipals);
            namespaces = List.copyOf(namespaces);
            notNamespaces = List.copyOf(notNamespaces);
            ipBlocks = List.copyOf(ipBlocks);
            notIpBlocks = List.copyOf(notIpBlocks);
            remoteIpBlocks = List.copyOf(remoteIpBlocks);
            notRemoteIpBlocks = List.copyOf(notRemoteIpBlocks);
        }
    }

    /// What is called. All fields that are given must hold.
    ///
    /// @param ports numbers
    public record Operation(
            List<String> hosts,
            List<String> notHosts,
            List<String> ports,
            List<String> notPorts,
            List<String> methods,
            List<String> notMethods,
            List<String> paths,
            List<String> notPaths) {
        public Operation {
            hosts = List.copyOf(hosts);
            notHosts = List.copyOf(notHosts);
            ports = List.copyOf(ports);
            notPorts = List.copyOf(notPorts);
            methods = List.copyOf(methods);
            notMethods = List.copyOf(notMethods);
            paths = List.copyOf(paths);
            notPaths = List.copyOf(notPaths);
        }
    }

    /// @param key an attribute, for example `request.headers[version]`
    /// @param values one of which it must have
    /// @param notValues none of which it may have
    public record Condition(@Required String key, List<String> values, List<String> notValues) {
        public Condition {
            values = List.copyOf(values);
            notValues = List.copyOf(notValues);
        }
    }
}
