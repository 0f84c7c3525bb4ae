package dev.quartet.galley.cluster;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.admission.Agreements;
import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.batch.BatchBook;
import dev.quartet.galley.batch.BatchBook.ForbiddenException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// What the batch that is open writes: it was judged as a whole. Asks the apiserver. Thread-safe.
record BatchAgreements(BatchBook book) implements Agreements {
    private static final Logger LOGGER = LoggerFactory.getLogger(BatchAgreements.class);

    @Override
    public boolean isStored(ResourceKey key, Predicate<JsonNode> same) {
        return open(key)
                .filter(member -> is(member.after(), same) || is(member.before(), same))
                .isPresent();
    }

    private static boolean is(@Nullable JsonNode object, Predicate<JsonNode> same) {
        return object != null && same.test(object);
    }

    /// Also when what was made is taken back.
    @Override
    public boolean isDeleted(ResourceKey key) {
        return open(key)
                .filter(member -> member.after() == null || member.before() == null)
                .isPresent();
    }

    private Optional<Batch.Member> open(ResourceKey key) {
        try {
            return book.read()
                    .map(BatchBook.Entry::batch)
                    .filter(Batch::isOpen)
                    .flatMap(batch -> batch.member(key));
        } catch (ForbiddenException | KubernetesClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", BatchBook.SECRET)
                    .addKeyValue("error", e.getMessage())
                    .log("Nobody says whether a batch is open, so the object is judged by itself");
            return Optional.empty();
        }
    }
}
