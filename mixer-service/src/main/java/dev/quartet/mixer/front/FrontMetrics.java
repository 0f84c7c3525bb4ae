package dev.quartet.mixer.front;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.function.ToDoubleFunction;

/// The meters of Mixer's fronts.
final class FrontMetrics {
    final Counter checksAllowed;
    final Counter checksDenied;
    final Counter checksFailed;
    final Counter entriesReported;
    final Counter entriesIntermediate;
    final Counter entriesFailed;
    final Counter entriesOfTcp;
    final Counter streamsRefused;

    private final Clock clock;
    private int openStreams;
    private long absentSinceMillis;
    private double absentMillisBefore;

    FrontMetrics(MeterRegistry registry, Clock clock) {
        this.clock = clock;
        this.absentSinceMillis = clock.millis();
        this.checksAllowed = checks(registry, "allowed");
        this.checksDenied = checks(registry, "denied");
        this.checksFailed = checks(registry, "failed");
        this.entriesReported = entries(registry, "reported");
        this.entriesIntermediate = entries(registry, "intermediate");
        this.entriesFailed = entries(registry, "failed");
        this.entriesOfTcp = entries(registry, "tcp");
        this.streamsRefused =
                Counter.builder("mixer_report_streams_refused")
                        .description(
                                "Report streams refused: another identity than the certificate's, or no node")
                        .register(registry);
        Gauge.builder("mixer_report_streams", this, FrontMetrics::openStreams)
                .description("Open report streams of proxies")
                .register(registry);
        Gauge.builder("mixer_without_report_stream_seconds", this, FrontMetrics::absentSeconds)
                .description(
                        "Time since the last report stream ended; 0 while one is open. Entries are lost meanwhile")
                .register(registry);
        FunctionCounter.builder("mixer_without_report_stream_time_seconds", this, totalAbsence())
                .description("All time without a report stream since the start")
                .register(registry);
    }

    private static ToDoubleFunction<FrontMetrics> totalAbsence() {
        return FrontMetrics::totalAbsentSeconds;
    }

    private static Counter checks(MeterRegistry registry, String result) {
        return Counter.builder("mixer_check_requests")
                .description("Checks, by what Mixer said")
                .tag("result", result)
                .register(registry);
    }

    private static Counter entries(MeterRegistry registry, String result) {
        return Counter.builder("mixer_report_entries")
                .description("Access log entries, by what became of them")
                .tag("result", result)
                .register(registry);
    }

    synchronized void streamOpened() {
        if (openStreams++ == 0) {
            absentMillisBefore += clock.millis() - absentSinceMillis;
        }
    }

    synchronized void streamClosed() {
        if (--openStreams == 0) {
            absentSinceMillis = clock.millis();
        }
    }

    synchronized int openStreams() {
        return openStreams;
    }

    synchronized double absentSeconds() {
        return openStreams > 0 ? 0 : (clock.millis() - absentSinceMillis) / 1000.0;
    }

    private synchronized double totalAbsentSeconds() {
        return absentMillisBefore / 1000 + absentSeconds();
    }
}
