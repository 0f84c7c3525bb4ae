package dev.quartet.mixer.front;

import dev.quartet.identity.CallerIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.mixer.attributes.EntryAttributes;
import dev.quartet.mixer.attributes.Peers;
import dev.quartet.mixer.attributes.Reporter;
import dev.quartet.mixer.dispatch.Dispatcher;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogType;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs`. A message is worked through where it arrives, so a
/// proxy that sends faster than Mixer counts is slowed by its own connection's flow control and nothing piles up here.
final class ReportFront extends AccessLogServiceGrpc.AccessLogServiceImplBase {
    private static final Logger LOGGER = LoggerFactory.getLogger(ReportFront.class);

    private final Dispatcher dispatcher;
    private final Peers peers;
    private final FrontMetrics metrics;
    private final Clock clock;
    private final Set<Stream> open = ConcurrentHashMap.newKeySet();

    ReportFront(Dispatcher dispatcher, Peers peers, FrontMetrics metrics, Clock clock) {
        this.dispatcher = dispatcher;
        this.peers = peers;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public StreamObserver<StreamAccessLogsMessage> streamAccessLogs(
            StreamObserver<StreamAccessLogsResponse> answer) {
        return new Stream(answer, CallerIdentity.current().orElse(null));
    }

    /// Ends all streams from this side: each proxy opens a new one, elsewhere if there is an elsewhere.
    void endStreams() {
        open.forEach(Stream::end);
    }

    private final class Stream implements StreamObserver<StreamAccessLogsMessage> {
        private final StreamObserver<StreamAccessLogsResponse> answer;
        private final @Nullable SpiffeId caller;
        private @Nullable Reporter reporter;
        private boolean done;

        Stream(StreamObserver<StreamAccessLogsResponse> answer, @Nullable SpiffeId caller) {
            this.answer = answer;
            this.caller = caller;
        }

        @Override
        public void onNext(StreamAccessLogsMessage message) {
            if (done) {
                return;
            }
            var from = reporter;
            if (from == null || message.hasIdentifier()) {
                from = identify(message);
                if (from == null) {
                    return;
                }
            }
            switch (message.getLogEntriesCase()) {
                case HTTP_LOGS -> report(message.getHttpLogs().getLogEntryList(), from);
                case TCP_LOGS ->
                        metrics.entriesOfTcp.increment(message.getTcpLogs().getLogEntryCount());
                case LOGENTRIES_NOT_SET -> {}
            }
        }

        private @Nullable Reporter identify(StreamAccessLogsMessage message) {
            if (!message.hasIdentifier()) {
                refuse(
                        Status.INVALID_ARGUMENT,
                        "a stream's first message carries its identifier (node and log_name)");
                return null;
            }
            var identifier = message.getIdentifier();
            try {
                var known = Reporter.of(identifier.getLogName(), identifier.getNode(), caller);
                if (reporter == null) {
                    metrics.streamOpened();
                    open.add(this);
                }
                reporter = known;
                return known;
            } catch (IllegalArgumentException e) {
                refuse(Status.PERMISSION_DENIED, String.valueOf(e.getMessage()));
                return null;
            }
        }

        private void refuse(Status status, String why) {
            metrics.streamsRefused.increment();
            LOGGER.atWarn()
                    .addKeyValue("proxy", caller)
                    .addKeyValue("reason", status.getCode())
                    .addKeyValue("error", why)
                    .log("Report stream refused");
            closed();
            answer.onError(status.withDescription(why).asRuntimeException());
        }

        private void report(Iterable<HTTPAccessLogEntry> entries, Reporter from) {
            long now = clock.millis();
            int reported = 0;
            for (var entry : entries) {
                if (!ended(entry)) {
                    metrics.entriesIntermediate.increment();
                    continue;
                }
                try {
                    dispatcher.report(new EntryAttributes(entry, from, peers), now);
                    reported++;
                } catch (RuntimeException e) {
                    metrics.entriesFailed.increment();
                    LOGGER.atDebug()
                            .addKeyValue("proxy", from)
                            .setCause(e)
                            .log("Access log entry failed");
                }
            }
            metrics.entriesReported.increment(reported);
        }

        /// Entries of another type tell of a request under way, or of one attempt of it upstream.
        private static boolean ended(HTTPAccessLogEntry entry) {
            var type = entry.getCommonProperties().getAccessLogType();
            return type == AccessLogType.DownstreamEnd || type == AccessLogType.NotSet;
        }

        @Override
        public void onError(Throwable cause) {
            LOGGER.atDebug()
                    .addKeyValue("proxy", reporter)
                    .addKeyValue("error", cause.getMessage())
                    .log("Report stream ended");
            closed();
        }

        @Override
        public void onCompleted() {
            if (!done) {
                closed();
                answer.onNext(StreamAccessLogsResponse.getDefaultInstance());
                answer.onCompleted();
            }
        }

        /// May meet a message or the end of the stream in another thread: gRPC then throws, and all is over anyway.
        void end() {
            try {
                answer.onError(
                        Status.UNAVAILABLE.withDescription("Mixer stops").asRuntimeException());
            } catch (IllegalStateException e) {
                LOGGER.atDebug().addKeyValue("proxy", reporter).log("Report stream had ended");
            }
        }

        private void closed() {
            if (!done) {
                done = true;
                if (open.remove(this)) {
                    metrics.streamClosed();
                }
            }
        }
    }
}
