package dev.quartet.galley.change;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.History;
import dev.quartet.galley.source.AppliedSource;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.galley.source.StateFolder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Desks over a real state folder, closed after the test: before, they may still write there.
public final class TestDesk implements AfterEachCallback {
    private final List<ChangeDesk> opened = new ArrayList<>();

    @SafeVarargs
    public final ChangeDesk open(Path state, Supplier<SourceContent>... others) {
        var folder = StateFolder.open(state);
        var applied = new AppliedSource(folder);
        var clock = Clock.systemUTC();
        var desk =
                ChangeDesk.open(
                        applied,
                        List.of(others),
                        History.open(folder, applied.resources(), 100, true, clock),
                        clock,
                        new Silent());
        opened.add(desk);
        return desk;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        opened.forEach(ChangeDesk::close);
        opened.clear();
    }

    private static final class Silent implements ChangeDesk.Observer {
        @Override
        public void accepted(Collection<ResourceKey> resources) {}

        @Override
        public void refused(Collection<Problem> errors) {}

        @Override
        public void sourceChanged() {}
    }

    static ResourceKey key(String name) {
        return new ResourceKey(Kind.WORKLOAD_ENTRY, "shop", name);
    }
}
