package dev.quartet.policy;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Spec;
import dev.quartet.config.check.Problems;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.Rule;
import dev.quartet.expressions.AttributeVocabulary;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/// Builds one [PolicyTable]: instances first, then handlers (whose metrics name instances), then rules. Used once.
///
/// A broken part falls out with a problem and the rest stays. Only what would have been a check does not fall out: it
/// becomes a [PolicyAction.BrokenCheck].
final class PolicyTableBuilder {
    private final AttributeVocabulary vocabulary;
    private final String rootNamespace;
    private final Registry registry = new Registry();
    private final TreeMap<ResourceKey, PolicyRule> rules = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    PolicyTableBuilder(AttributeVocabulary vocabulary, String rootNamespace) {
        this.vocabulary = vocabulary;
        this.rootNamespace = rootNamespace;
    }

    PolicyTable build(Collection<? extends Resource<?>> resources) {
        var sorted = new ArrayList<Resource<?>>(resources);
        sorted.sort(Comparator.comparing(Resource::key));
        each(sorted, Instance.class, this::addInstance);
        each(sorted, Handler.class, this::addHandler);
        each(sorted, Rule.class, this::addRule);
        return new PolicyTable(
                rootNamespace, rules, registry.handlers(), registry.instances(), problems);
    }

    private <S extends Spec> void each(
            List<Resource<?>> resources, Class<S> kind, BiConsumer<Resource<S>, Problems> add) {
        for (var resource : resources) {
            if (kind.isInstance(resource.spec())) {
                var found = new Problems(resource.key());
                add.accept(resource.as(kind), found);
                problems.addAll(found.found());
            }
        }
    }

    private void addInstance(Resource<Instance> instance, Problems found) {
        var builder = new InstanceBuilder(vocabulary, instance.spec(), found);
        var fields = builder.build();
        if (fields != null && found.count() == 0) {
            registry.add(new PolicyInstance(instance.key(), fields));
        } else {
            registry.addBroken(instance.key(), builder.variety());
        }
    }

    private void addHandler(Resource<Handler> handler, Problems found) {
        var builder = new HandlerBuilder(registry, handler.spec(), handler.namespace(), found);
        var config = builder.build();
        if (config != null) {
            registry.add(new PolicyHandler(handler.key(), config));
        } else {
            registry.addBroken(handler.key(), builder.variety());
        }
    }

    private void addRule(Resource<Rule> rule, Problems found) {
        var built = new RuleBuilder(registry, vocabulary, rule.key(), rule.spec(), found).build();
        if (built != null) {
            rules.put(rule.key(), built);
        }
    }
}
