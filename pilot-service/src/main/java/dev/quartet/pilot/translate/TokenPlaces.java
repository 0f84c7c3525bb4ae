package dev.quartet.pilot.translate;

import dev.quartet.pilot.snapshot.TokenRule;
import dev.quartet.pilot.snapshot.TokenRule.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;

/// Token rules that look in the same places of a request, directly or by way of others. A token in a place must be good by one of them,
/// and says nothing to those of other groups.
///
/// @param rules at least one
record TokenPlaces(List<TokenRule> rules) {
    static List<TokenPlaces> of(Collection<TokenRule> all) {
        var groups = new ArrayList<List<TokenRule>>();
        for (var rule : all) {
            var joined = new ArrayList<TokenRule>();
            groups.removeIf(group -> {
                var meets = group.stream().anyMatch(other -> meet(rule, other));
                if (meets) {
                    joined.addAll(group);
                }
                return meets;
            });
            joined.add(rule);
            groups.add(joined);
        }
        return groups.stream().map(TokenPlaces::new).toList();
    }

    private static boolean meet(TokenRule one, TokenRule other) {
        return one.places().stream()
                .anyMatch(place -> other.places().stream().anyMatch(place::meets));
    }

    /// All of them.
    List<Place> places() {
        var places = new LinkedHashSet<Place>();
        rules.forEach(rule -> places.addAll(rule.places()));
        return List.copyOf(places);
    }

    /// Where a rule of the group does not look.
    List<Place> besides(TokenRule rule) {
        return places().stream()
                .filter(place -> rule.places().stream().noneMatch(place::meets))
                .toList();
    }
}
