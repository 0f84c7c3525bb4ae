package dev.quartet.config.analyze;

import java.util.List;

/// All analyzers. A new one is a class and a line here, a case that it finds and one that it does not.
final class Analyzers {
    static final List<Analyzer> ALL =
            List.of(
                    // what is named and not there
                    new GatewayCredentials(),
                    new NamespaceReferences(),
                    new Bindings(),
                    new PolicyTargets(),
                    new Selectors(),
                    new EmptySubsets(),
                    new PortSelectors(),
                    // what only one can have, and what contradicts
                    new GatewayConflicts(),
                    new GatewayCertificates(),
                    new SidecarConflicts(),
                    new WorkloadPorts(),
                    new MtlsConflicts(),
                    // what does nothing, or less than it seems
                    new CoveredRoutes(),
                    new GatewayHosts(),
                    new Delegates(),
                    new GatewayBypass(),
                    new GatewayPorts(),
                    new ClaimRoutes(),
                    new TokenPorts(),
                    new ServerVerification(),
                    new EnvoyFilterPatches(),
                    new Annotations(),
                    // what is guessed, or old
                    new PortProtocols(),
                    new TcpAddresses(),
                    new DeprecatedFields(),
                    new OldPolicies(),
                    // pods and their sidecars
                    new Injection(),
                    new PodsWithoutProxy(),
                    new ProxyVersions(),
                    new ProxyUsers());

    private Analyzers() {}
}
