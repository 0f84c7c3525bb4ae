package dev.quartet.mixer;

import dev.quartet.mixer.attributes.CheckAttributes;
import dev.quartet.mixer.attributes.EntryAttributes;
import dev.quartet.mixer.attributes.Reporter;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.grpc.stub.StreamObserver;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/// Measures, when run by hand: microseconds of CPU per check and per reported entry, in the stages alone (from parsed message
/// to counted) and with parsing. Not a test.
final class SpeedOfMixer {
    private static final int WARM = 200_000;
    private static final int ROUNDS = 500_000;

    private SpeedOfMixer() {}

    public static void main(String[] arguments) throws Exception {
        var rules = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            rules.append(
                    """
                    ---
                    apiVersion: config.istio.io/v1alpha2
                    kind: rule
                    metadata: {name: rule-%d, namespace: shop}
                    spec:
                      match: 'source.labels["app"] == "app-%d" && request.url_path == "/admin"'
                      actions: [{handler: closed, instances: [nothing]}]
                    """
                            .formatted(i, i));
        }
        try (var mixer = new TestMixer()) {
            mixer.with(
                    """
                    apiVersion: config.istio.io/v1alpha2
                    kind: handler
                    metadata: {name: closed, namespace: shop}
                    spec: {compiledAdapter: denier, params: {status: {code: 7}}}
                    ---
                    apiVersion: config.istio.io/v1alpha2
                    kind: instance
                    metadata: {name: nothing, namespace: shop}
                    spec: {compiledTemplate: checknothing}
                    """
                            + rules);
            var sample = EnvoySamples.check("check-mtls.json").toBuilder();
            for (int i = 0; i < 20; i++) {
                sample.getAttributesBuilder()
                        .getRequestBuilder()
                        .getHttpBuilder()
                        .putHeaders("x-filler-" + i, "v".repeat(85));
            }
            var bytes = sample.build().toByteArray();
            System.out.printf("check request: %d bytes, 20 rules%n", bytes.length);
            var parsed = CheckRequest.parseFrom(bytes);
            time(
                    "check, stages",
                    1,
                    () ->
                            mixer.dispatcher.check(
                                    new CheckAttributes(parsed, mixer.peers, TestMixer.REVIEWS)));
            time(
                    "check, with parsing",
                    1,
                    () ->
                            mixer.dispatcher.check(
                                    new CheckAttributes(
                                            CheckRequest.parseFrom(bytes),
                                            mixer.peers,
                                            TestMixer.REVIEWS)));

            var reports = EnvoySamples.reports("als-destination.json");
            var reporter =
                    Reporter.of(
                            "destination", reports.getIdentifier().getNode(), TestMixer.REVIEWS);
            var message = StreamAccessLogsMessage.newBuilder();
            for (int i = 0; i < 25; i++) {
                message.getHttpLogsBuilder().addLogEntry(reports.getHttpLogs().getLogEntry(i % 4));
            }
            var entryBytes = message.build().toByteArray();
            System.out.printf(
                    "report message: %d bytes, 25 entries, the four default metrics%n",
                    entryBytes.length);
            var entry = reports.getHttpLogs().getLogEntry(0);
            time(
                    "entry, stages",
                    1,
                    () ->
                            mixer.dispatcher.report(
                                    new EntryAttributes(entry, reporter, mixer.peers), 1));
            time(
                    "entry, with parsing",
                    25,
                    () -> {
                        for (var one :
                                StreamAccessLogsMessage.parseFrom(entryBytes)
                                        .getHttpLogs()
                                        .getLogEntryList()) {
                            mixer.dispatcher.report(
                                    new EntryAttributes(one, reporter, mixer.peers), 1);
                        }
                    });
            overGrpc(mixer.serve(), parsed, message.build());
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void time(String what, int units, Work work) throws Exception {
        for (int i = 0; i < WARM / units; i++) {
            work.run();
        }
        int rounds = ROUNDS / units;
        long start = threadCpuNanos();
        for (int i = 0; i < rounds; i++) {
            work.run();
        }
        System.out.printf(
                "%-22s %.2f µs%n", what, (threadCpuNanos() - start) / 1000.0 / rounds / units);
    }

    /// CPU of client and server together: both are in this process.
    private static void overGrpc(
            TestMixer mixer, CheckRequest check, StreamAccessLogsMessage entries) throws Exception {
        var stub = AuthorizationGrpc.newStub(mixer.channel(TestMixer.REVIEWS));
        var room = new Semaphore(64);
        for (int round = 0; round < 3; round++) {
            long cpu = cpuNanos();
            int calls = 50_000;
            for (int i = 0; i < calls; i++) {
                room.acquire();
                stub.check(
                        check,
                        new StreamObserver<>() {
                            @Override
                            public void onNext(CheckResponse answer) {}

                            @Override
                            public void onError(Throwable cause) {
                                cause.printStackTrace();
                                room.release();
                            }

                            @Override
                            public void onCompleted() {
                                room.release();
                            }
                        });
            }
            room.acquire(64);
            room.release(64);
            System.out.printf(
                    "check over gRPC, mTLS, client + server: %.1f µs CPU%n",
                    (cpuNanos() - cpu) / 1000.0 / calls);
        }
        var stream =
                AccessLogServiceGrpc.newStub(mixer.channel(TestMixer.REVIEWS))
                        .streamAccessLogs(
                                new StreamObserver<StreamAccessLogsResponse>() {
                                    @Override
                                    public void onNext(StreamAccessLogsResponse answer) {}

                                    @Override
                                    public void onError(Throwable cause) {
                                        cause.printStackTrace();
                                    }

                                    @Override
                                    public void onCompleted() {}
                                });
        stream.onNext(
                EnvoySamples.reports("als-destination.json").toBuilder().clearHttpLogs().build());
        var sent = new LongAdder();
        for (int round = 0; round < 3; round++) {
            long cpu = cpuNanos();
            int messages = 10_000;
            for (int i = 0; i < messages; i++) {
                stream.onNext(entries);
                sent.add(25);
                while (sent.sum() - mixer.counter("mixer_report_entries", "result", "reported")
                        > 20_000) {
                    Thread.onSpinWait();
                    Thread.sleep(1);
                }
            }
            while (mixer.counter("mixer_report_entries", "result", "reported") < sent.sum()) {
                Thread.sleep(1);
            }
            System.out.printf(
                    "entry over gRPC, mTLS, client + server: %.2f µs CPU%n",
                    (cpuNanos() - cpu) / 1000.0 / messages / 25);
        }
        stream.onCompleted();
    }

    private static long threadCpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
