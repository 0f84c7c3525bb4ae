package dev.quartet.e2e;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestWatcher;

/// A line for each test as it ends, where a class takes minutes: Surefire says nothing before the class is through. `./mesh test` shows
/// these lines (mesh-cli's `MavenRun`).
final class Progress implements BeforeEachCallback, TestWatcher {
    private static final Namespace OWN = Namespace.create(Progress.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        context.getStore(OWN).put(context.getUniqueId(), System.nanoTime());
    }

    @Override
    public void testSuccessful(ExtensionContext context) {
        say("ok", context);
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
        say("FAILED", context);
    }

    private static void say(String result, ExtensionContext context) {
        var method = context.getRequiredTestMethod().getName();
        var name = context.getDisplayName();
        var started = context.getStore(OWN).get(context.getUniqueId(), Long.class);
        var seconds =
                started == null
                        ? 0
                        : Duration.ofNanos(System.nanoTime() - started).toMillis() / 1000.0;
        System.out.printf(
                "[TEST] %s %s%s, %.1f s%n",
                result, method, name.startsWith(method) ? "" : " " + name, seconds);
    }
}
