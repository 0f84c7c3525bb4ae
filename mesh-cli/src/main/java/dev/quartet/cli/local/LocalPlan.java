package dev.quartet.cli.local;

import dev.quartet.bootstrap.BootstrapWriter;
import dev.quartet.cli.local.Planned.Part;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The processes of a mesh, from what it was asked for: the same options give the same plan, so that one process can be
/// started again by its name alone.
final class LocalPlan {
    static final int GATEWAY_PORT = 8000;
    static final int PROMETHEUS_PORT = 9090;
    static final int APPLICATION_HEAP_MEBIBYTES = 32;

    private final Home home;
    private final MeshFile mesh;
    private final Jdk jdk;
    private final Jars jars;

    LocalPlan(Home home, MeshFile mesh, Jdk jdk, Jars jars) {
        this.home = home;
        this.mesh = mesh;
        this.jdk = jdk;
        this.jars = jars;
    }

    List<Planned> processes() {
        var plan = new ArrayList<Planned>();
        for (var service : mesh.services()) {
            plan.add(service(service));
        }
        LocalProxy.of(home, mesh).forEach(proxy -> plan.add(proxy(proxy)));
        if (mesh.bookshop()) {
            Workload.BOOKSHOP.forEach(workload -> plan.add(application(workload)));
        }
        if (!mesh.prometheus().isEmpty()) {
            plan.add(prometheus());
        }
        return plan;
    }

    /// Who needs a token: `namespace/serviceaccount`.
    List<String> identities() {
        var identities = new ArrayList<String>();
        for (var service : ControlService.values()) {
            identities.add(ControlService.NAMESPACE + "/" + service.serviceAccount());
        }
        identities.add(ControlService.NAMESPACE + "/" + LocalProxy.GATEWAY_ACCOUNT);
        Workload.BOOKSHOP.stream()
                .map(workload -> Workload.NAMESPACE + "/" + workload.serviceAccount())
                .distinct()
                .forEach(identities::add);
        return identities;
    }

    /// `citadel init-trust`: writes tokens and the root certificate.
    List<String> initTrust() {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "init-trust",
                                "--state-dir",
                                home.state("citadel").toString(),
                                "--out",
                                home.trust().toString()));
        for (var identity : identities()) {
            arguments.add("--sa");
            arguments.add(identity);
        }
        return new Jdk(jdk.home(), jdk.caches(), false)
                .command(
                        jars.of(ControlService.CITADEL),
                        ControlService.CITADEL.heapMebibytes(),
                        List.of(),
                        arguments);
    }

    private Planned service(ControlService service) {
        var trust = home.trust(ControlService.NAMESPACE, service.serviceAccount());
        var arguments = new ArrayList<String>();
        property(arguments, "state-dir", home.state(service.label()));
        property(arguments, "port-offset", mesh.portOffset());
        property(arguments, "admin.token-file", home.adminToken());
        property(arguments, "identity.token-file", trust.resolve("token"));
        property(arguments, "identity.root-cert-file", trust.resolve("root-cert.pem"));
        property(arguments, "identity.service-account", service.serviceAccount());
        property(arguments, "identity.citadel-address", "127.0.0.1:" + mesh.port(8060));
        property(arguments, "galley.address", "127.0.0.1:" + mesh.port(9901));
        switch (service) {
            case GALLEY -> property(arguments, "galley.config-dir", home.config());
            case MIXER -> {
                if (!mesh.prometheus().isEmpty()) {
                    property(
                            arguments,
                            "mixer.remote-write-url",
                            mesh.prometheusUrl() + "/api/v1/write");
                }
            }
            // Citadel renews the tokens of the proxies, which have no other credential, at half of
            // their life.
            case CITADEL -> property(arguments, "citadel.token-dir", home.trust());
            case PILOT, INJECTOR -> {
                // nothing of their own
            }
        }
        for (var option : mesh.options()) {
            if (option.startsWith(service.label() + ".")) {
                arguments.add("--" + option.substring(service.label().length() + 1));
            }
        }
        var listens = new ArrayList<InetSocketAddress>();
        listens.add(local(service.restPort()));
        listens.add(local(service.metricsPort()));
        for (var port : service.otherPorts()) {
            listens.add(local(port));
        }
        var command =
                jdk.command(
                        jars.of(service), service.heapMebibytes(), List.of("-Xms8m"), arguments);
        return new Planned(
                service.label(),
                Part.CONTROL,
                command,
                Map.of(),
                home.state(service.label()),
                listens,
                URI.create(mesh.restUrl(service) + "/actuator/health/readiness"));
    }

    private Planned application(Workload workload) {
        var port = mesh.appPort(workload);
        // Without packet capture the JVM's proxy settings lead what the application sends through
        // its sidecar.
        var properties =
                List.of(
                        "-Xms4m",
                        "-Dhttp.proxyHost=" + mesh.address(workload),
                        "-Dhttp.proxyPort=" + Workload.HTTP_PROXY_PORT);
        var environment =
                Map.of(
                        "BOOKSHOP_LISTEN",
                        "127.0.0.1:" + port,
                        "BOOKSHOP_VERSION",
                        workload.version(),
                        "BOOKSHOP_INSTANCE",
                        workload.instance());
        // One jar, one cache: the first of the applications writes it for all.
        var first = workload.equals(Workload.BOOKSHOP.getFirst());
        var jvm = jdk.training() && !first ? new Jdk(jdk.home(), jdk.caches(), false) : jdk;
        return new Planned(
                workload.name(),
                Part.APPLICATION,
                jvm.command(
                        jars.bookshop(),
                        APPLICATION_HEAP_MEBIBYTES,
                        properties,
                        List.of(workload.app())),
                environment,
                home.folder(),
                List.of(new InetSocketAddress("127.0.0.1", port)),
                URI.create("http://127.0.0.1:" + port + "/health"));
    }

    private Planned proxy(LocalProxy proxy) {
        var spec = proxy.spec();
        var command =
                new ArrayList<>(
                        List.of(mesh.envoy(), "--config-path", proxy.bootstrap().toString()));
        command.addAll(BootstrapWriter.arguments(spec));
        var listens = new ArrayList<>(proxy.serves());
        listens.add(spec.admin());
        listens.add(spec.status());
        return new Planned(
                proxy.name(),
                Part.PROXY,
                command,
                Map.of(),
                home.proxy(proxy.name()),
                listens.stream()
                        .map(address -> new InetSocketAddress(address.host(), address.port()))
                        .toList(),
                URI.create("http://" + spec.admin() + "/ready"));
    }

    private Planned prometheus() {
        var folder = home.folder().resolve("prometheus");
        var command =
                List.of(
                        mesh.prometheus(),
                        "--config.file=" + folder.resolve("prometheus.yml"),
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + mesh.port(PROMETHEUS_PORT),
                        "--web.enable-remote-write-receiver",
                        "--storage.tsdb.retention.time=2d",
                        "--log.level=warn");
        return new Planned(
                "prometheus",
                Part.METRICS,
                command,
                Map.of(),
                folder,
                List.of(local(PROMETHEUS_PORT)),
                URI.create(mesh.prometheusUrl() + "/-/ready"));
    }

    private InetSocketAddress local(int base) {
        return new InetSocketAddress("127.0.0.1", mesh.port(base));
    }

    private static void property(List<String> arguments, String name, Object value) {
        arguments.add("--quartet." + name + "=" + value);
    }
}
