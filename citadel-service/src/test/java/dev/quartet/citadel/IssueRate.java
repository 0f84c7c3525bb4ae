package dev.quartet.citadel;

import com.sun.management.OperatingSystemMXBean;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.citadel.issue.CertificateRequest;
import dev.quartet.citadel.issue.IssuedCertificates;
import dev.quartet.citadel.issue.ServingNames;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.identity.SpiffeId;
import dev.quartet.wire.ca.IstioCertificateRequest;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/// Not a test: how many certificates a second Citadel issues, in the process and over gRPC with TLS (client in the
/// same JVM), by wall clock and by CPU time of this whole process, which other work on the machine disturbs less.
final class IssueRate {

    private static final Duration TIME = Duration.ofSeconds(6);

    private static final int WARM_UP = 3000;

    private IssueRate() {}

    interface Work {
        void run() throws Exception;
    }

    public static void main(String... arguments) throws Exception {
        var folder = Files.createTempDirectory("issue-rate");
        var caller = new SpiffeId("cluster.local", "shop", "storefront");
        var csr = Requests.plain();
        var root = RootAuthority.loadOrCreate(folder, "cluster.local", Clock.systemUTC());
        var issuer =
                new CertificateIssuer(
                        root,
                        new ServingNames(SpiffeId.citadel("cluster.local"), Map.of()),
                        Duration.ofHours(24),
                        Duration.ofDays(90),
                        new IssuedCertificates(1000),
                        Clock.systemUTC());
        Work inProcess =
                () -> issuer.issue(caller, CertificateRequest.read(csr, caller), Duration.ZERO);
        Work withKey = () -> issuer.issueWithKey(caller);
        for (var threads : new int[] {2}) {
            measure("CSR checked, signed, profile checked; in process", threads, inProcess);
            measure("key made and certificate signed (SDS); in process", threads, withKey);
        }
        try (var citadel = new RunningCitadel(folder, Clock.systemUTC(), Duration.ofHours(24), 0)) {
            var stub = IstioCertificateServiceGrpc.newBlockingStub(citadel.withToken(caller));
            var request = IstioCertificateRequest.newBuilder().setCsr(csr).build();
            for (var threads : new int[] {8}) {
                measure(
                        "CreateCertificate over TLS with a token",
                        threads,
                        () -> stub.createCertificate(request));
            }
        }
    }

    private static void measure(String what, int threads, Work work) throws Exception {
        for (var i = 0;
                i < WARM_UP;
                i++) { // by count: on a busy machine a time would leave the code cold
            work.run();
        }
        var done = new LongAdder();
        var cpu = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var cpuBefore = cpu.getProcessCpuTime();
        var end = System.nanoTime() + TIME.toNanos();
        try (var executor = Executors.newFixedThreadPool(threads)) {
            for (var i = 0; i < threads; i++) {
                executor.submit(() -> {
                    while (System.nanoTime() < end) {
                        work.run();
                        done.increment();
                    }
                    return null;
                });
            }
        }
        var cpuSeconds = (cpu.getProcessCpuTime() - cpuBefore) / 1e9;
        System.out.printf(
                "%-52s %d threads %,6d certificates/s %,6.0f per CPU-second%n",
                what, threads, done.sum() / TIME.toSeconds(), done.sum() / cpuSeconds);
    }
}
