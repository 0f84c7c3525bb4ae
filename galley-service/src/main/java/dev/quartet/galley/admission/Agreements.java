package dev.quartet.galley.admission;

import dev.quartet.config.ResourceKey;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/// What Galley itself writes at the moment, several objects at a time: that was judged as a whole, and an object of it by itself
/// may be refusable. Asked only for what would be refused. Thread-safe.
public interface Agreements {
    /// Galley writes nothing.
    Agreements NONE =
            new Agreements() {
                @Override
                public boolean isStored(ResourceKey key, Predicate<JsonNode> same) {
                    return false;
                }

                @Override
                public boolean isDeleted(ResourceKey key) {
                    return false;
                }
            };

    /// @param same whether an object is the one that is asked about
    boolean isStored(ResourceKey key, Predicate<JsonNode> same);

    boolean isDeleted(ResourceKey key);
}
