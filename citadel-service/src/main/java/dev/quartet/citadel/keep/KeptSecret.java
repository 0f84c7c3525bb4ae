package dev.quartet.citadel.keep;

import java.io.IOException;
import java.util.function.Supplier;

/// A place for one secret text. Its `toString` names the place for people.
public interface KeptSecret {

    /// What is kept. If that is nothing, `fresh` is; of several processes that try at once one keeps its own, and all
    /// get that.
    ///
    /// @throws IOException when the place can't be used; the message never holds what is kept
    String loadOrCreate(Supplier<String> fresh) throws IOException;
}
