package dev.quartet.config.networking;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Which namespaces see a resource (`exportTo`).
///
/// @param namespaces empty where `all`
public record Visibility(boolean all, Set<String> namespaces) {
    public static final Visibility ALL = new Visibility(true, Set.of());

    private static final String EVERYWHERE = "*";
    private static final String OWN = ".";
    private static final String NOWHERE = "~";

    public Visibility {
        namespaces = Set.copyOf(namespaces);
    }

    /// @param exportTo as users write it: `.`, `*`, `~` or names
    /// @param otherwise what counts where nothing is written
    public static Visibility of(List<String> exportTo, String namespace, List<String> otherwise) {
        var words = exportTo.isEmpty() ? otherwise : exportTo;
        if (words.isEmpty() || words.contains(EVERYWHERE)) {
            return ALL;
        }
        var namespaces = new TreeSet<String>();
        for (var word : words) {
            if (word.equals(OWN)) {
                namespaces.add(namespace);
            } else if (!word.equals(NOWHERE)) {
                namespaces.add(word);
            }
        }
        return new Visibility(false, namespaces);
    }

    public boolean from(String namespace) {
        return all || namespaces.contains(namespace);
    }
}
