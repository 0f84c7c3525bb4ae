package dev.quartet.citadel.credential;

import dev.quartet.identity.SpiffeId;
import java.util.List;

/// Where credentials come from. Thread-safe; nothing here blocks.
public interface Credentials {

    /// What `caller` gets for `key`, whose namespace is the caller's own.
    Answer find(SpiffeId caller, CredentialKey key);

    /// All that is known, by namespace and name.
    List<Held> all();

    /// Tells of changes from now on.
    ///
    /// @param listener called after each change of what [#find] may answer; must not block
    void onChange(Runnable listener);
}
