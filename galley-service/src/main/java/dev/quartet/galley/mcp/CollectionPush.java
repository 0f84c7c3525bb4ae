package dev.quartet.galley.mcp;

import dev.quartet.galley.snapshot.CollectionContent;
import dev.quartet.galley.snapshot.Revision;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.Resources;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What one sink has of one collection, and the one push that may be under way.
///
/// A push is the difference between what the sink has acknowledged and the newest revision, so pushes that were not
/// sent while another was under way merge into one. A refused content is not sent again until it changes: and neither
/// is the stamp of a later revision, which would say that the sink has what it refused. Not thread-safe.
final class CollectionPush {
    private record UnderWay(
            String nonce, String revision, CollectionContent content, Instant since) {}

    private final String collection;
    private final boolean incremental;

    /// What the sink had when it came: versions by MCP name. Nothing once it has acknowledged something.
    private Map<String, String> brought;

    private @Nullable CollectionContent held;
    private @Nullable String acknowledged;
    private @Nullable UnderWay underWay;
    private @Nullable String refusedHash;
    private @Nullable String refusal;

    CollectionPush(RequestResources subscription) {
        this.collection = subscription.getCollection();
        this.incremental = subscription.getIncremental();
        this.brought = Map.copyOf(subscription.getInitialResourceVersionsMap());
    }

    /// The message that brings the sink to `newest`, if one is due now.
    Optional<Resources> next(Revision newest, String nonce, Instant now) {
        if (underWay != null || newest.id().equals(acknowledged)) {
            return Optional.empty();
        }
        var content = newest.collection(collection);
        if (content.hash().equals(refusedHash)) {
            return Optional.empty();
        }
        var message =
                Resources.newBuilder()
                        .setSystemVersionInfo(newest.id())
                        .setCollection(collection)
                        .setNonce(nonce)
                        .setIncremental(incremental);
        if (!incremental) {
            content.resources().forEach(message::addResources);
        } else {
            var lacks =
                    held == null ? content.differenceFrom(brought) : content.differenceFrom(held);
            message.addAllResources(lacks.changed()).addAllRemovedResources(lacks.removed());
        }
        underWay = new UnderWay(nonce, newest.id(), content, now);
        return Optional.of(message.build());
    }

    enum Answer {
        ACKNOWLEDGED,
        REFUSED,
        /// Of a push that is no longer the one under way: without effect.
        STALE
    }

    Answer answer(RequestResources request) {
        var push = underWay;
        if (push == null || !push.nonce().equals(request.getResponseNonce())) {
            return Answer.STALE;
        }
        underWay = null;
        if (request.hasErrorDetail()) {
            refusedHash = push.content().hash();
            refusal = request.getErrorDetail().getMessage();
            return Answer.REFUSED;
        }
        held = push.content();
        brought = Map.of();
        acknowledged = push.revision();
        refusedHash = null;
        refusal = null;
        return Answer.ACKNOWLEDGED;
    }

    SinkStatus.CollectionStatus status() {
        return new SinkStatus.CollectionStatus(
                collection,
                acknowledged,
                underWay == null ? null : underWay.revision(),
                underWay == null ? null : underWay.since(),
                refusal);
    }
}
